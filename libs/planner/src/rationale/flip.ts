import type { ScoresAt } from './alternatives';

/** Another choice, and the probability of the assumption from which it is made. */
export interface Flip {
  readonly p: number;
  /** Position of the action. */
  readonly action: number;
}

/** Number of probabilities tried up to certainty, before the flip is narrowed down by bisection. */
const STEPS = 8;
const HALVINGS = 20;
/** Decimals of a flip. Ties extend 1e-9 in U beyond it, so further decimals would be meaningless. */
const DECIMALS = 6;

/**
 * The nearest probability, from `p` towards `end`, beyond which another action than `current` is chosen; null when no such probability exists.
 * Scores are piecewise linear between certainties, so a few steps find every interval longer than an eighth.
 */
export function flipBetween(p: number, end: 0 | 1, current: number, scoresAt: ScoresAt): Flip | null {
  const other = (at: number): number | null => {
    const { chosen } = scoresAt(at);
    return chosen === current ? null : chosen;
  };
  let kept = p;
  for (let step = 1; step <= STEPS; step += 1) {
    let flipped = p + ((end - p) * step) / STEPS;
    let action = other(flipped);
    if (action === null) {
      kept = flipped;
      continue;
    }
    for (let halving = 0; halving < HALVINGS; halving += 1) {
      const middle = (kept + flipped) / 2;
      const found = other(middle);
      if (found === null) kept = middle;
      else [flipped, action] = [middle, found];
    }
    return { p: Number(flipped.toFixed(DECIMALS)), action };
  }
  return null;
}
