import { Injectable } from '@nestjs/common';
import type { JsonObject, TOOL_METHODS } from '@assent/contract';
import { ToolPolicies, ToolTrust, ToolsService } from '@assent/tools';
import type { MethodHandlers } from '../method.handler';

@Injectable()
export class ToolHandlers {
  constructor(
    private readonly tools: ToolsService,
    private readonly policies: ToolPolicies,
    private readonly trusted: ToolTrust,
  ) {}

  readonly methods: MethodHandlers<typeof TOOL_METHODS> = {
    'tool/list': async (_, { principal }) => ({
      items: await this.tools.list(principal),
      away: this.tools.away(),
      cursor: null,
    }),
    'tool/check': ({ args, workspace, tainted, ...question }, { principal }) => {
      const place = typeof workspace === 'string' ? { workspace } : {};
      return this.tools.preview(
        { ...question, ...place, args: args as JsonObject, tainted: tainted ?? false },
        principal,
      );
    },
    'tool/policy/get': (_, { principal }) => this.policies.get(principal),
    'tool/policy/set': (policy, { principal }) => this.policies.set(principal, policy),
    'tool/trust/list': (page, { principal }) => this.trusted.list(principal, page),
    'tool/trust': ({ id, hash }, { principal }) => this.trusted.trust(id, hash, principal),
  };
}
