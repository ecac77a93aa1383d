import { Z_80, Z_95, wilson } from '../promotion';

/** Number of runs of one side, and of those that succeeded. */
export interface Side {
  readonly runs: number;
  readonly successes: number;
}

/** Both sides of the runs of a period. */
export interface Part {
  readonly from: Date;
  readonly to: Date;
  readonly recall: Side;
  readonly control: Side;
}

/** The runs of all parts. `since`: the time of the first run; null without runs. */
export function totalOf(parts: readonly Part[]): { recall: Side; control: Side; since: Date | null } {
  const sum = (arm: 'recall' | 'control', name: keyof Side): number =>
    parts.reduce((total, part) => total + part[arm][name], 0);
  const side = (arm: 'recall' | 'control'): Side => ({ runs: sum(arm, 'runs'), successes: sum(arm, 'successes') });
  const times = parts.map(({ from }) => from.getTime());
  return {
    recall: side('recall'),
    control: side('control'),
    since: times.length === 0 ? null : new Date(Math.min(...times)),
  };
}

export interface Gain {
  readonly mean: number;
  readonly lower: number;
  readonly upper: number;
}

/**
 * Success rate with memory minus that without, with Newcombe's interval (1998, method 10; 95% by default): it combines
 * the two Wilson intervals, so it is valid for few runs and for rates near 0 and 1. Null: one side has too few runs for
 * a statement.
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
 * Whether memory does harm: even the upper bound of its 80% interval is below 0. The interval is narrow because the
 * control side is small and a harmful memory must be stopped soon. A negative lower bound alone only means that the
 * data are insufficient.
 */
export function doesHarm(recall: Side, control: Side, leastRuns: number): boolean {
  const gain = gainOf(recall, control, leastRuns, Z_80);
  return gain !== null && gain.upper < 0;
}
