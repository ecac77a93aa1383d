import { Inject, Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { LOG, type Log } from '@assent/platform';
import { FragmentRepository } from './fragment.repository';

const EVERY_MS = 10_000;
const USES_AT_ONCE = 5_000;

/** Counts noted uses into the credit of their fragments. Harmless on several replicas at once. */
@Injectable()
export class CreditJob {
  constructor(
    private readonly fragments: FragmentRepository,
    @Inject(LOG) private readonly log: Log,
  ) {}

  @Interval(EVERY_MS)
  async run(): Promise<void> {
    try {
      await this.fragments.countUses(USES_AT_ONCE);
    } catch (error) {
      this.log.warn({ err: error }, 'counting the credit of fragments failed; it tries again');
    }
  }
}
