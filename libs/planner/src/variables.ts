import type { Assumption } from '@assent/contract';
import type { Variable } from './model';
import { dependencyOrder } from './order';

/** One variable per assumption, in the same order. */
export function variablesOf(assumptions: readonly Assumption[], ranks: ReadonlyMap<string, number>): Variable[] {
  const position = new Map(assumptions.map(({ id }, index) => [id, index]));
  const excludes = assumptions.map(() => new Set<number>());
  assumptions.forEach((assumption, index) => {
    for (const id of assumption.excludes) {
      const other = position.get(id) ?? index;
      excludes[index]?.add(other);
      excludes[other]?.add(index);
    }
  });
  return assumptions.map(({ id, key }, index) => ({
    id,
    key,
    rank: ranks.get(id) ?? 0,
    excludes: excludes[index] ?? new Set(),
  }));
}

/** Ids of the assumptions without circular conditions. */
export function orderedIds(assumptions: readonly Assumption[]): ReadonlySet<string> {
  const position = new Map(assumptions.map(({ id }, index) => [id, index]));
  const parents = assumptions.map(
    ({ given }) => new Set(given.flatMap(({ when }) => Object.keys(when)).flatMap((id) => position.get(id) ?? [])),
  );
  const order = dependencyOrder(
    assumptions.map(({ key }) => key),
    parents,
  );
  return new Set(order.map((index) => assumptions[index]?.id ?? ''));
}
