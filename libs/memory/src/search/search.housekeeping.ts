import { Inject, Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { Config, LOG, type Log } from '@assent/platform';
import { SearchRepository } from './store/search.repository';

const EVERY_MS = 60_000;
/** Small steps: each is a transaction over whole trees. */
const SEARCHES_AT_ONCE = 50;

/** Deletes searches that have gone as long untouched as frames are kept. Harmless on several replicas at once. */
@Injectable()
export class SearchHousekeeping {
  constructor(
    private readonly searches: SearchRepository,
    private readonly config: Config,
    @Inject(LOG) private readonly log: Log,
  ) {}

  @Interval(EVERY_MS)
  async run(): Promise<void> {
    try {
      while ((await this.searches.purge(this.config.env.FRAME_RETENTION_DAYS, SEARCHES_AT_ONCE)) === SEARCHES_AT_ONCE);
    } catch (error) {
      this.log.warn({ err: error }, 'deleting old searches failed; it tries again in a minute');
    }
  }
}
