import { MAX_LEARNED_RUNS, type BeliefSource, type Learned, type LearningMode } from '@assent/contract';
import { betaQuantile } from './beta';

/** Observations that a stated value is worth. */
export const STATED_WEIGHT = 4;
/** Decimals of a learned number: more would suggest a precision that counts do not have. */
const DECIMALS = 6;
/** Least of both parameters of a Beta distribution, for stated values of 0 and 1. */
const LEAST_PARAMETER = 1e-3;

/** Outcomes of one statement or action, each by what its age leaves of it. */
export interface Tally {
  /** Sum of the weights of all outcomes. */
  readonly n: number;
  /** Of those that were true, or went well. */
  readonly hits: number;
  /** Runs, newest first. */
  readonly runs: readonly string[];
}

export interface Tallies {
  readonly byKey: ReadonlyMap<string, Tally>;
  /** Why they could not be read, as a sentence; null: they could. */
  readonly problem: string | null;
}

/** What earlier runs can tell a plan. Nothing it returns may depend on the run that is planned. */
export interface Experience {
  /** As the caller asked; absent: `show` beside beliefs of the caller, else `apply`. */
  readonly mode?: Exclude<LearningMode, 'off'>;
  /** By canonical statement: how often it was true. */
  statements(keys: readonly string[]): Promise<Tallies>;
  /** By signature: how often the action succeeded, in the family of the goal. */
  actions(): Promise<Tallies>;
}

export function modeFor({ mode }: Experience, source: BeliefSource): Exclude<LearningMode, 'off'> {
  return mode ?? (source === 'caller' ? 'show' : 'apply');
}

/**
 * A stated probability combined with outcomes: the mean of Beta(4 * stated + hits, 4 * (1 - stated) + n - hits) and its 95%
 * interval. Outcomes of weight n move a stated value by at most n / (4 + n).
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
