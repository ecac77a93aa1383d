import { clampProbability } from '../numbers';

/** Outcomes of all assumptions with the same probability. */
export interface Tally {
  readonly p: number;
  /** Number of outcomes; at least 1. */
  readonly count: number;
  /** Number of true outcomes. */
  readonly trues: number;
}

/** One tally per probability, by ascending p, with probabilities as the planner uses them: 0.001 to 0.999. */
export function pooled(tallies: readonly Tally[]): Tally[] {
  const byP = new Map<number, Tally>();
  for (const { p, count, trues } of tallies) {
    const clamped = clampProbability(p);
    const known = byP.get(clamped) ?? { p: clamped, count: 0, trues: 0 };
    byP.set(clamped, { p: clamped, count: known.count + count, trues: known.trues + trues });
  }
  return [...byP.values()].sort((a, b) => a.p - b.p);
}

export function samplesIn(tallies: readonly Tally[]): number {
  return tallies.reduce((total, { count }) => total + count, 0);
}
