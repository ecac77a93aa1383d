import { Inject, Injectable } from '@nestjs/common';
import { BELIEF_SOURCES, type BeliefSource } from '@assent/contract';
import { Cached, LOG, SCRAPE_MAX_AGE_MS, type Log } from '@assent/platform';
import { CalibrationRepository } from './calibration.repository';
import { scoresOf, type Scores } from './scores';

export type SourceScores = Scores & { readonly source: BeliefSource };

/** Scores over all tenants for operators, at most a few seconds old. */
@Injectable()
export class CalibrationSnapshot {
  private readonly scores: Cached<SourceScores[]>;

  constructor(repository: CalibrationRepository, @Inject(LOG) log: Log) {
    const load = async () => {
      const tallies = await repository.talliesOfAll();
      return BELIEF_SOURCES.map((source) => ({
        source,
        ...scoresOf(tallies.filter((tally) => tally.source === source)),
      }));
    };
    this.scores = new Cached(load, SCRAPE_MAX_AGE_MS, (err) => {
      log.warn({ err }, 'could not read the calibration; its metrics keep the last values');
    });
  }

  /** Scores; empty until the first read succeeds. */
  async read(): Promise<readonly SourceScores[]> {
    return (await this.scores.get()) ?? [];
  }
}
