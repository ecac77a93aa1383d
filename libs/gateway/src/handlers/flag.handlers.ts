import { Injectable } from '@nestjs/common';
import type { FLAG_METHODS } from '@assent/contract';
import { FeatureFlags } from '@assent/identity';
import type { MethodHandlers } from '../method.handler';

@Injectable()
export class FlagHandlers {
  constructor(private readonly flags: FeatureFlags) {}

  readonly methods: MethodHandlers<typeof FLAG_METHODS> = {
    'flag/list': async (_, { principal }) => ({ items: await this.flags.list(principal), cursor: null }),
    'flag/set': ({ flag, enabled }, { principal }) => this.flags.set(principal, flag, enabled),
    'flag/clear': ({ flag }, { principal }) => this.flags.clear(principal, flag),
  };
}
