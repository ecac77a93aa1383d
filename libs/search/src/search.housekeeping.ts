import { Injectable } from '@nestjs/common';
import { Config, Sweeper } from '@assent/platform';
import { SearchRepository } from './store/search.repository';

const EVERY_MS = 60_000;
/** Small steps: each is a transaction over whole trees. */
const SEARCHES_AT_ONCE = 50;

/** Deletes searches without a step for as long as frames are kept. Harmless on several replicas at once. */
@Injectable()
export class SearchHousekeeping {
  constructor(searches: SearchRepository, { env: { FRAME_RETENTION_DAYS: days } }: Config, sweeper: Sweeper) {
    sweeper.steps({
      name: 'searches',
      everyMs: EVERY_MS,
      step: async () => (await searches.purge(days, SEARCHES_AT_ONCE)) === SEARCHES_AT_ONCE,
    });
  }
}
