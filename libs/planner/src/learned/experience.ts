import { MAX_LEARNED_RUNS, type BeliefSource, type Learned, type LearningMode } from '@assent/contract';
import { betaQuantile } from './beta';

/** Weight of a stated value, in observations. */
export const STATED_WEIGHT = 4;
/** Decimals of a learned number. More would suggest a precision that the counts do not have. */
const DECIMALS = 6;
/** Minimum of both parameters of a Beta distribution, for stated values of 0 and 1. */
const LEAST_PARAMETER = 1e-3;

/** Outcomes of one statement or action, weighted by age. */
export interface Tally {
  /** Sum of the weights of all outcomes. */
  readonly n: number;
  /** Weight of the outcomes that were true or successful. */
  readonly hits: number;
  /** Runs, newest first. */
  readonly runs: readonly string[];
}

export interface Tallies {
  /** By canonical statement: how often it was true. */
  readonly statements: ReadonlyMap<string, Tally>;
  /** By signature: how often the action succeeded, in the family of the goal. */
  readonly actions: ReadonlyMap<string, Tally>;
  /** Why the tallies could not be read, as a sentence; null when they were read. */
  readonly problem: string | null;
}

/** Results of earlier runs for a plan. They MUST NOT depend on the run that is being planned. */
export interface Experience {
  /** Mode requested by the caller; absent: `show` for the caller's own beliefs, otherwise `apply`. */
  readonly mode?: Exclude<LearningMode, 'off'>;
  /** @param statements canonical statements of the plan */
  outcomes(statements: readonly string[]): Promise<Tallies>;
}

export function modeFor({ mode }: Experience, source: BeliefSource): Exclude<LearningMode, 'off'> {
  return mode ?? (source === 'caller' ? 'show' : 'apply');
}

/**
 * Combines a stated probability with outcomes: the mean of Beta(4 * stated + hits, 4 * (1 - stated) + n - hits) and its 95%
 * interval. Outcomes of weight n change the stated value by at most n / (4 + n).
 */
export function learnedFrom(stated: number, { n, hits, runs }: Tally): Learned {
  const total = STATED_WEIGHT + n;
  const p = (STATED_WEIGHT * stated + hits) / total;
  const a = Math.max(LEAST_PARAMETER, p * total);
  const b = Math.max(LEAST_PARAMETER, (1 - p) * total);
  return {
    p: rounded(p),
    n: rounded(n),
    interval: [rounded(betaQuantile(0.025, a, b)), rounded(betaQuantile(0.975, a, b))],
    stated,
    runs: runs.slice(0, MAX_LEARNED_RUNS),
  };
}

function rounded(value: number): number {
  return Number(value.toFixed(DECIMALS));
}
