import type { ScoresAt } from './alternatives';

/** Another choice, and the probability of the assumption from which on it is made. */
export interface Flip {
  readonly p: number;
  /** Position of the action. */
  readonly action: number;
}

/** Probabilities that are tried on the way to a certainty, before the one that flips the choice is narrowed down. */
const STEPS = 8;
const HALVINGS = 20;
/** Decimals of a flip. Ties end 1e-9 in U beyond it, so further ones would say nothing. */
const DECIMALS = 6;

/**
 * The nearest probability, from `p` towards `end`, beyond which another action than `current` is chosen; null if none is.
 * Scores are piecewise linear between certainties, so a few steps meet every stretch of more than an eighth.
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
