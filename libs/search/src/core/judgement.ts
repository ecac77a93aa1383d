/** A criterion of a judge, with its weight and the scores of both answers in the order shown. */
export interface WeightedScores {
  readonly name: string;
  readonly weight: number;
  readonly first: number;
  readonly second: number;
}

/** Bounds of a score. */
export const SCORE_MIN = 1;
export const SCORE_MAX = 10;

export interface Judged {
  /** With weights that sum to 1. */
  readonly criteria: readonly WeightedScores[];
  readonly first: number;
  readonly second: number;
}

/** Total scores in [1, 10] by weights that sum to 1. If all weights are zero, they are equal. */
export function weigh(criteria: readonly WeightedScores[]): Judged {
  const weights = normalised(criteria.map(({ weight }) => weight));
  const weighted = criteria.map((criterion, index) => ({
    ...criterion,
    weight: weights[index] ?? 0,
    first: clampScore(criterion.first),
    second: clampScore(criterion.second),
  }));
  const total = (side: 'first' | 'second') =>
    clampScore(weighted.reduce((sum, { weight, [side]: score }) => sum + weight * score, 0));
  return { criteria: weighted, first: total('first'), second: total('second') };
}

export function normalised(weights: readonly number[]): number[] {
  const limit = Math.max(...weights, 0);
  if (!(limit > 0)) return weights.map(() => 1 / weights.length);
  // Divided by the largest weight first: a sum of large weights could overflow.
  const scaled = weights.map((weight) => Math.max(0, weight) / limit);
  const sum = scaled.reduce((total, weight) => total + weight, 0);
  return scaled.map((weight) => weight / sum);
}

function clampScore(score: number): number {
  return Math.min(SCORE_MAX, Math.max(SCORE_MIN, score));
}
