/** Strength of a new fragment. Each agreement adds one, each removal takes one; at 0 the fragment is deleted. */
export const FIRST_STRENGTH = 2;
/** Number of independent runs that must agree before a staged fragment becomes active. */
export const AGREEMENT = 2;
/** Points (of 1 to 10) by which a comparison must be won in both orders to count as agreement. */
export const MARGIN = 1;
/** Comparisons a meta-prompt needs before it may become the best of its family. */
export const COMPARISONS = 3;
/** Uses a fragment needs before it can be retired for the harm it did. */
export const USES = 5;
/** The 90% quantile: two-sided intervals of 80%. */
export const Z_80 = 1.281552;
/** The 97.5% quantile of the normal distribution: two-sided intervals of 95%. */
export const Z_95 = 1.959964;

/** Evidence for a staged fragment. Any one kind is enough. */
export interface Evidence {
  /** Margins of the comparison in the order (a, b) and in the order (b, a), in points for the fragment; null: not compared. */
  readonly margins: readonly [number, number] | null;
  /** A verifier passed what the fragment recommends and failed what it warns of. */
  readonly verifierContrast: boolean;
  /** Different runs that left it. */
  readonly runs: number;
}

/** Whether a staged fragment becomes active. */
export function isPromoted({ margins, verifierContrast, runs }: Evidence): boolean {
  if (verifierContrast || runs >= AGREEMENT) return true;
  return margins?.every((margin) => margin >= MARGIN) ?? false;
}

export function strengthOf(agreements: number, removals: number): number {
  return Math.max(0, FIRST_STRENGTH + agreements - removals);
}

/** Wilson's score interval of a share (1927), which is also valid for few trials and extreme shares. */
export function wilson(wins: number, trials: number, z = Z_95): { readonly lower: number; readonly upper: number } {
  if (trials === 0) return { lower: 0, upper: 1 };
  const share = wins / trials;
  const square = z * z;
  const middle = share + square / (2 * trials);
  const spread = z * Math.sqrt((share * (1 - share) + square / (4 * trials)) / trials);
  const scale = 1 + square / trials;
  return { lower: Math.max(0, (middle - spread) / scale), upper: Math.min(1, (middle + spread) / scale) };
}

/** Whether a meta-prompt qualifies as the best of its family. */
export function isBest({ wins, losses }: { readonly wins: number; readonly losses: number }): boolean {
  const trials = wins + losses;
  return trials >= COMPARISONS && wilson(wins, trials).lower > 0.5;
}

/** Whether a fragment is certainly more harmful than helpful. */
export function isHarmful({ helpful, harmful }: { readonly helpful: number; readonly harmful: number }): boolean {
  const uses = helpful + harmful;
  return uses >= USES && wilson(helpful, uses).upper < 0.5;
}
