/** Utilities closer than this are a tie: far above rounding errors, far below any relevant difference. */
export const EPSILON_U = 1e-9;
/** A split with a lower value would not change the choice. */
export const EPSILON_SPLIT = 1e-6;
/** Likelihoods whose sum is within this of 1 are not rescaled, so that scoring a stored tree again is bit-equal. */
export const EPSILON_LIKELIHOOD = 1e-9;
/** If |rawSum - 1| exceeds this, the given likelihoods were not meant as probabilities. */
export const RAW_SUM_TOLERANCE = 0.05;
/** Change of a probability in the sensitivity check. */
export const SENSITIVITY_STEP = 0.1;
/** Version of the arithmetic. It rises whenever the same input may give another tree, except for the last bits of a sum. */
export const PLANNER_VERSION = 2;

/** Limits of probabilities. No belief is a certainty, so no branch is unreachable. */
export const P_MIN = 0.001;
const P_MAX = 0.999;

export function clampProbability(p: number): number {
  return Math.min(P_MAX, Math.max(P_MIN, p));
}

/** Pools probabilities of one statement by the mean of their log-odds. Returns a single one unchanged, bit for bit. */
export function poolProbabilities(probabilities: readonly number[]): number {
  const clamped = probabilities.map(clampProbability);
  const [first = 0.5] = clamped;
  if (clamped.every((p) => p === first)) return first;
  const logOdds = clamped.map((p) => Math.log(p / (1 - p)));
  const mean = logOdds.reduce((sum, value) => sum + value, 0) / logOdds.length;
  return clampProbability(1 / (1 + Math.exp(-mean)));
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
