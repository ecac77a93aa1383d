import { Z_80, Z_95, wilson } from '../promotion';

/** Runs of one side, and how many of them went well. */
export interface Side {
  readonly runs: number;
  readonly successes: number;
}

export interface Gain {
  readonly mean: number;
  readonly lower: number;
  readonly upper: number;
}

/**
 * Success rate with memory minus that without, with Newcombe's interval (1998, method 10; 95% by default): it is made of the two Wilson
 * intervals, so it holds for few runs and for rates near 0 and 1. Null: one side has too few runs to say anything.
 */
export function gainOf(recall: Side, control: Side, leastRuns: number, z = Z_95): Gain | null {
  if (recall.runs < leastRuns || control.runs < leastRuns) return null;
  const [p1, p2] = [recall.successes / recall.runs, control.successes / control.runs];
  const [w1, w2] = [wilson(recall.successes, recall.runs, z), wilson(control.successes, control.runs, z)];
  const mean = p1 - p2;
  return {
    mean,
    lower: mean - Math.sqrt((p1 - w1.lower) ** 2 + (w2.upper - p2) ** 2),
    upper: mean + Math.sqrt((w1.upper - p1) ** 2 + (p2 - w2.lower) ** 2),
  };
}

/**
 * Whether memory does harm: even the upper bound of the gain is below 0. Of its 80% interval, because the control side is small
 * and a memory that harms must not go on for long. A lower bound below 0 only means that too little is known.
 */
export function doesHarm(recall: Side, control: Side, leastRuns: number): boolean {
  const gain = gainOf(recall, control, leastRuns, Z_80);
  return gain !== null && gain.upper < 0;
}
