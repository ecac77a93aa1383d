import type { CalibrationVersion } from '@assent/contract';
import { clampProbability } from '../numbers';
import { pooled, type Tally } from './tally';

export type CalibrationPoint = CalibrationVersion['points'][number];

/** Adjacent probabilities with one common rate. */
interface Block {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly trues: number;
}

/**
 * Isotonic regression by pool adjacent violators (Ayer et al. 1955; for calibration Zadrozny and Elkan 2002): the non-decreasing
 * map with the least squared error on these outcomes, weighted by their counts. Rates are limited to 0.001 to 0.999, because no
 * belief is a certainty. The order of the outcomes does not matter.
 * @returns the ends of each block by ascending p; empty without outcomes
 */
export function fitIsotonic(tallies: readonly Tally[]): CalibrationPoint[] {
  const blocks: Block[] = [];
  for (const { p, count, trues } of pooled(tallies)) {
    let block: Block = { from: p, to: p, count, trues };
    for (let left = blocks.at(-1); left !== undefined && !isBelow(left, block); left = blocks.at(-1)) {
      blocks.pop();
      block = { from: left.from, to: p, count: left.count + block.count, trues: left.trues + block.trues };
    }
    blocks.push(block);
  }
  return blocks.flatMap(({ from, to, count, trues }) => {
    const calibrated = clampProbability(trues / count);
    return from === to
      ? [{ p: from, calibrated }]
      : [
          { p: from, calibrated },
          { p: to, calibrated },
        ];
  });
}

/** Compares rates in integers, so that equal rates are equal regardless of their sizes. */
function isBelow(a: Block, b: Block): boolean {
  return a.trues * b.count < b.trues * a.count;
}

/** Interpolates linearly between points and is constant outside. Never decreases. Without points it returns p unchanged. */
export function calibrate(points: readonly CalibrationPoint[], p: number): number {
  const next = points.findIndex((point) => point.p >= p);
  const right = points[next] ?? points.at(-1);
  const left = points[next - 1] ?? right;
  if (!left || !right) return clampProbability(p);
  if (next <= 0 || right.p === p) return clampProbability(right.calibrated);
  const share = (p - left.p) / (right.p - left.p);
  const between = left.calibrated + share * (right.calibrated - left.calibrated);
  // Keeps rounding from exceeding the next point.
  return clampProbability(Math.min(right.calibrated, between));
}
