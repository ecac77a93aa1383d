/** Two utilities closer than this are a tie: far above rounding, far below anything a person would call a difference. */
export const EPSILON_U = 1e-9;
/** A split worth less than this would not change the choice. */
export const EPSILON_SPLIT = 1e-6;
/** Likelihoods that sum to 1 within this are taken as they are, so that scoring a stored tree again is bit-equal. */
export const EPSILON_LIKELIHOOD = 1e-9;
/** |rawSum - 1| above this means that the given likelihoods were not meant as probabilities. */
export const RAW_SUM_TOLERANCE = 0.05;
/** How far a probability is moved to see whether the choice flips. */
export const SENSITIVITY_STEP = 0.1;
/** Version of the arithmetic: raised whenever the same input may give another tree. */
export const PLANNER_VERSION = 2;

/** No belief is a certainty: nothing a caller or a word says can make a branch unreachable. */
export const P_MIN = 0.001;
const P_MAX = 0.999;

export function clampProbability(p: number): number {
  return Math.min(P_MAX, Math.max(P_MIN, p));
}

/** Pools probabilities of one statement: the mean of their log-odds. A single one comes back bit-equal. */
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
