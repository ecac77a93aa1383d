/** Code-unit order. Unlike `localeCompare`, it is the same on every machine and in every locale. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/**
 * A topological order of positions in `keys`; among free positions the smallest key comes first. Leaves out positions on a cycle
 * and those that depend on one.
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
