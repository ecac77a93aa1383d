import { Inject, Injectable } from '@nestjs/common';
import { BELIEF_SOURCES, type BeliefSource } from '@assent/contract';
import { LOG, type Log } from '@assent/platform';
import { Cached } from './cached';
import { CalibrationRepository } from './calibration.repository';
import { scoresOf, type Scores } from './scores';

export type SourceScores = Scores & { readonly source: BeliefSource };

/** Below the usual 15 s between two scrapes, so that each sees new values, and several gauges share one statement. */
const MAX_AGE_MS = 10_000;

/** Scores over all tenants for whoever watches the server; a few seconds old. */
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
    this.scores = new Cached(load, MAX_AGE_MS, (err) => {
      log.warn({ err }, 'the calibration could not be read: its series keep their last values');
    });
  }

  /** [] until the store has answered once. */
  async read(): Promise<readonly SourceScores[]> {
    return (await this.scores.get()) ?? [];
  }
}
