import { Injectable } from '@nestjs/common';
import { Sweeper } from '@assent/platform';
import { FragmentRepository } from './fragment.repository';

const EVERY_MS = 10_000;
const USES_AT_ONCE = 5_000;

/** Counts noted uses into the credit of their fragments. Harmless on several replicas at once. */
@Injectable()
export class CreditJob {
  constructor(fragments: FragmentRepository, sweeper: Sweeper) {
    sweeper.steps({
      name: 'credit',
      everyMs: EVERY_MS,
      step: async () => {
        await fragments.countUses(USES_AT_ONCE);
        return false;
      },
    });
  }
}
