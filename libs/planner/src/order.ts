/** Code-unit order: the same on every machine and locale, unlike `localeCompare`. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/**
 * Positions of `keys` so that what each needs comes first; among the free ones the smallest key, and where it can be, what
 * it prefers first. Shorter than `keys` where there is a cycle: what is on it, and what needs it, is left out.
 */
export function dependencyOrder(
  keys: readonly string[],
  needs: readonly ReadonlySet<number>[],
  prefers: readonly ReadonlySet<number>[],
): number[] {
  const placed = new Set<number>();
  const order: number[] = [];
  const waiting = keys.map((_, index) => index).sort((a, b) => compareText(keys[a] ?? '', keys[b] ?? ''));
  const missing = (index: number, from: readonly ReadonlySet<number>[]) =>
    [...(from[index] ?? [])].some((other) => !placed.has(other));
  while (waiting.length > 0) {
    const free = waiting.filter((index) => !missing(index, needs));
    const next = free.find((index) => !missing(index, prefers)) ?? free[0];
    if (next === undefined) return order;
    order.push(next);
    placed.add(next);
    waiting.splice(waiting.indexOf(next), 1);
  }
  return order;
}
