import { bootstrapMean, mean, type Interval } from '../support/bootstrap';
import { ARMS, OFF, playStream, type Attempt } from './stream';
import type { World } from './world';

const QUARTERS = 4;

export interface LearningRow {
  readonly arm: string;
  /** Share of problems solved in each quarter of the streams. */
  readonly solved: readonly number[];
  /** Tries a problem, over all. */
  readonly tries: number;
  /** Lessons that a solver was given, over all. */
  readonly given: number;
  /** Share solved in the last quarter above that without memory, stream by stream; null for memory off itself. */
  readonly gain: Interval | null;
}

export interface LearningOptions {
  readonly streams: number;
  readonly problems: number;
  /** Every family needs another skill from the middle of the stream on. */
  readonly shifted: boolean;
  readonly seed: number;
}

/** Learning curves of every arm on the same streams. Deterministic. */
export function learningCurves(world: World, usable: readonly number[], options: LearningOptions): LearningRow[] {
  const { streams, problems, shifted, seed } = options;
  const shiftAt = shifted ? problems / 2 : null;
  const played = ARMS.map((arm) =>
    Array.from({ length: streams }, (_, stream) =>
      playStream(world, usable, arm, { problems, shiftAt, seed: seed * 1_000 + stream }),
    ),
  );
  const off = played[ARMS.findIndex(({ name }) => name === OFF)] ?? [];
  return ARMS.map(({ name }, index) => {
    const results = played[index] ?? [];
    const all = results.flat();
    return {
      arm: name,
      solved: Array.from({ length: QUARTERS }, (_, quarter) =>
        mean(results.map((result) => solvedIn(result, quarter))),
      ),
      tries: mean(all.map(({ tries: attempts }) => attempts)),
      given: mean(all.map(({ given }) => given)),
      gain:
        name === OFF
          ? null
          : bootstrapMean(results.map((result, stream) => lastOf(result) - lastOf(off[stream] ?? []))),
    };
  });
}

function solvedIn(attempts: readonly Attempt[], quarter: number): number {
  const size = attempts.length / QUARTERS;
  return mean(attempts.slice(quarter * size, (quarter + 1) * size).map(({ solved }) => (solved ? 1 : 0)));
}

function lastOf(attempts: readonly Attempt[]): number {
  return solvedIn(attempts, QUARTERS - 1);
}
