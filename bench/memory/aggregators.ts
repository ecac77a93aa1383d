import { aggregate, type Duel } from '@assent/search/testing';
import { AGGREGATORS, type Aggregator } from '@assent/contract';
import { bootstrapMean, mean, type Interval } from '../support/bootstrap';
import { streamOf, type Random } from '../support/random';

/** The pairs that a judge sees: all, or only those that a search requests (with the parent and with the best so far). */
export type Pairing = 'all pairs' | 'as in a search';

export interface AggregatorRow {
  readonly nodes: number;
  readonly pairing: Pairing;
  readonly aggregator: Aggregator;
  /** Spearman's rank correlation of the quantiles with the truth, mean over trials. */
  readonly correlation: Interval;
  /** Share of trials in which the highest quantile is the best item's alone. */
  readonly found: number;
}

/**
 * Ranks of items with a known order, by a judge that is right with a fixed probability. Item i is the i-th best; in a search
 * the parent of a new item is drawn among the older ones, and the best so far counts as known.
 */
export function compareAggregators(
  sizes: readonly number[],
  { right, trials, seed }: { readonly right: number; readonly trials: number; readonly seed: number },
): AggregatorRow[] {
  return sizes.flatMap((nodes) =>
    (['all pairs', 'as in a search'] as const).flatMap((pairing) => {
      const tournaments = Array.from({ length: trials }, (_, trial) =>
        tournament(nodes, pairing, right, streamOf(seed, nodes, trial)),
      );
      return AGGREGATORS.map((aggregator) => {
        const results = tournaments.map(({ truth, duels }) => {
          const quantiles = aggregate(aggregator, nodes, duels);
          return { correlation: spearman(truth, quantiles), found: isFound(truth, quantiles) ? 1 : 0 };
        });
        const correlation = bootstrapMean(results.map((result) => result.correlation));
        return { nodes, pairing, aggregator, correlation, found: mean(results.map(({ found }) => found)) };
      });
    }),
  );
}

/** `truth`: the real quality of each item, all different. */
function tournament(nodes: number, pairing: Pairing, right: number, random: Random) {
  const truth = Array.from({ length: nodes }, () => random());
  const duels: Duel[] = [];
  const judge = (a: number, b: number): void => {
    const isBetter = (truth[a] ?? 0) > (truth[b] ?? 0);
    duels.push({ a, b, margin: isBetter === random() < right ? 1 : -1 });
  };
  let best = 0;
  for (let item = 1; item < nodes; item += 1) {
    if (pairing === 'all pairs') {
      for (let other = 0; other < item; other += 1) judge(item, other);
      continue;
    }
    const parent = Math.floor(random() * item);
    judge(item, parent);
    if (best !== parent) judge(item, best);
    if ((truth[item] ?? 0) > (truth[best] ?? 0)) best = item;
  }
  return { truth, duels };
}

function isFound(truth: readonly number[], quantiles: readonly number[]): boolean {
  const top = Math.max(...quantiles);
  return quantiles.filter((q) => q === top).length === 1 && truth[quantiles.indexOf(top)] === Math.max(...truth);
}

/** Pearson's correlation of mid-ranks; 0 when all values of one side are equal. */
function spearman(a: readonly number[], b: readonly number[]): number {
  const [x, y] = [midRanks(a), midRanks(b)];
  const [meanX, meanY] = [mean(x), mean(y)];
  let [sum, squareX, squareY] = [0, 0, 0];
  for (const [index, value] of x.entries()) {
    const [dx, dy] = [value - meanX, (y[index] ?? 0) - meanY];
    sum += dx * dy;
    squareX += dx * dx;
    squareY += dy * dy;
  }
  return squareX === 0 || squareY === 0 ? 0 : sum / Math.sqrt(squareX * squareY);
}

function midRanks(values: readonly number[]): number[] {
  return values.map(
    (value) => values.filter((other) => other < value).length + values.filter((other) => other === value).length / 2,
  );
}
