import type { SourceCalibration } from '@assent/contract';
import { sum } from '../numbers';
import { pooled, samplesIn, type Tally } from './tally';

export type Scores = Pick<SourceCalibration, 'count' | 'brier' | 'logLoss' | 'bins'>;

const BINS = 10;

/**
 * Scores of probabilities. Brier score (1950): mean of (p - truth)^2. Log loss: mean of -ln of the probability given to the
 * actual truth value, in nats, with p within 0.001 to 0.999. Bins are [0, 0.1), [0.1, 0.2), ..., [0.9, 1].
 */
export function scoresOf(given: readonly Tally[]): Scores {
  const tallies = pooled(given);
  const count = samplesIn(tallies);
  const mean = (loss: (tally: Tally) => number) => (count === 0 ? null : sum(tallies.map(loss)) / count);
  return {
    count,
    brier: mean(({ p, count: all, trues }) => trues * (1 - p) ** 2 + (all - trues) * p ** 2),
    logLoss: mean(({ p, count: all, trues }) => -trues * Math.log(p) - (all - trues) * Math.log(1 - p)),
    bins: Array.from({ length: BINS }, (_, index) => binOf(tallies, index)),
  };
}

function binOf(tallies: readonly Tally[], index: number): Scores['bins'][number] {
  const [from, to] = [index / BINS, (index + 1) / BINS];
  const inside = tallies.filter(({ p }) => p >= from && p < to);
  const count = samplesIn(inside);
  if (count === 0) return { from, to, count, meanP: null, rate: null };
  return {
    from,
    to,
    count,
    meanP: sum(inside.map(({ p, count: all }) => p * all)) / count,
    rate: sum(inside.map(({ trues }) => trues)) / count,
  };
}
