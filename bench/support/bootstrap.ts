import { createRandom, type Random } from './random';

export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

export interface BootstrapOptions {
  readonly resamples: number;
  readonly seed: number;
}

export const BOOTSTRAP: BootstrapOptions = { resamples: 2_000, seed: 4_326 };

const TAIL = 0.025;

export function mean(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0) / values.length;
}

/**
 * 95% percentile bootstrap of a mean (B. Efron, "Bootstrap Methods: Another Look at the Jackknife", Annals of Statistics
 * 7(1), 1979). Paired: give it the differences of two policies, world by world. The same seed draws the same worlds for
 * every policy.
 */
export function bootstrapMean(values: readonly number[], { resamples, seed }: BootstrapOptions = BOOTSTRAP): Interval {
  const random = createRandom(seed);
  const pool = Float64Array.from(values);
  const means = Float64Array.from({ length: resamples }, () => resampledMean(pool, random));
  means.sort();
  const at = (share: number) => means[Math.round(share * (resamples - 1))] ?? Number.NaN;
  return { mean: mean(values), low: at(TAIL), high: at(1 - TAIL) };
}

function resampledMean(pool: Float64Array, random: Random): number {
  let total = 0;
  for (let left = pool.length; left > 0; left -= 1) total += pool[Math.floor(random() * pool.length)] ?? 0;
  return total / pool.length;
}
