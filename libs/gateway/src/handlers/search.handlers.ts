import { Injectable } from '@nestjs/common';
import type { Principal, SEARCH_METHODS } from '@assent/contract';
import { SearchService, SearchSteps, type SearchDriver } from '@assent/search';
import { ClientRedactor } from '@assent/runs';
import type { MethodHandlers } from '../method.handler';

@Injectable()
export class SearchHandlers {
  constructor(
    private readonly searches: SearchService,
    private readonly steps: SearchSteps,
    private readonly shown: ClientRedactor,
  ) {}

  readonly methods: MethodHandlers<typeof SEARCH_METHODS> = {
    'search/start': (params, { principal }) => this.searches.start(principal, params),
    'search/select': (params, { principal }) => this.searches.select(driverOf(principal, params.driver), params),
    'search/expand': (params, { principal }) => this.steps.expand(driverOf(principal, params.driver), params),
    'search/compare': (params, { principal }) => this.steps.compare(driverOf(principal, params.driver), params),
    'search/finish': (params, { principal }) => this.searches.finish(driverOf(principal, params.driver), params),
    'search/get': async (params, { principal }) =>
      this.shown.object(await this.searches.get(principal.tenantId, params)),
  };
}

/** The subject is part of the owner, so that two subjects with the same driver name are different drivers. */
function driverOf({ tenantId, subject }: Principal, name: string): SearchDriver {
  return { tenantId, owner: `${subject}/${name}`, runId: null };
}
