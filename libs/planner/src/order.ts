/** Code-unit order: the same on every machine and locale, unlike `localeCompare`. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/**
 * Positions of `keys` so that what each needs comes first; among the free ones the smallest key. Shorter than `keys`
 * where there is a cycle: what is on it, and what needs it, is left out.
 */
export function dependencyOrder(keys: readonly string[], needs: readonly ReadonlySet<number>[]): number[] {
  const placed = new Set<number>();
  const order: number[] = [];
  const waiting = keys.map((_, index) => index).sort((a, b) => compareText(keys[a] ?? '', keys[b] ?? ''));
  for (;;) {
    const next = waiting.find((index) => [...(needs[index] ?? [])].every((other) => placed.has(other)));
    if (next === undefined) return order;
    order.push(next);
    placed.add(next);
    waiting.splice(waiting.indexOf(next), 1);
  }
}
