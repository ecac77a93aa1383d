/** Sort key of one item: `first`, then `then` among equal items. Higher is better. */
export interface Standing {
  readonly first: number;
  readonly then: number;
}

/** Strengths that differ by less are equal: above the rounding of a fit, below the change by one judgement. */
const SAME = 1e-7;

/**
 * Mid-rank quantiles in [0, 1]: the share of other items that rank lower; equal items count half. They sum
 * to half their number regardless of ties, so their mean is 1/2; a single item has 1/2.
 */
export function midRankQuantiles(standings: readonly Standing[]): number[] {
  const count = standings.length;
  if (count === 1) return [0.5];
  const order = standings.map((standing, index) => ({ ...standing, index }));
  order.sort((a, b) => a.first - b.first || a.then - b.then);
  const quantiles = new Array<number>(count);
  for (let start = 0; start < count;) {
    let end = start + 1;
    while (end < count && isSame(order[end - 1], order[end])) end += 1;
    const equals = end - start - 1;
    for (const { index } of order.slice(start, end)) quantiles[index] = (2 * start + equals) / (2 * (count - 1));
    start = end;
  }
  return quantiles;
}

function isSame(lower: Standing | undefined, upper: Standing | undefined): boolean {
  if (!lower || !upper) return false;
  return lower.first === upper.first && upper.then - lower.then <= SAME;
}
