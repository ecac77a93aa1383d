/** Where a value is in the params, from the outside in. */
export type Place = readonly (string | number)[];

/** The value at the place; undefined: there is no such value. */
export function valueAt(value: unknown, place: Place): unknown {
  return place.reduce<unknown>((at, key) => (isContainer(at) && Object.hasOwn(at, key) ? at[key] : undefined), value);
}

/** A copy with another value at the place. undefined removes it; what is missing on the way is made. */
export function withValue(value: unknown, place: Place, next: unknown): unknown {
  const [key, ...rest] = place;
  if (key === undefined) return next;
  const inner = withValue(valueAt(value, [key]), rest, next);
  if (Array.isArray(value) || (typeof key === 'number' && !isContainer(value))) {
    const list: unknown[] = Array.isArray(value) ? value.slice() : [];
    if (inner === undefined) list.splice(Number(key), 1);
    else list[Number(key)] = inner;
    return list;
  }
  const entries = Object.entries(isContainer(value) ? value : {});
  const isKnown = entries.some(([name]) => name === key);
  const changed = entries.flatMap(([name, old]) =>
    name === key ? (inner === undefined ? [] : [[name, inner]]) : [[name, old]],
  );
  return Object.fromEntries(isKnown || inner === undefined ? changed : [...changed, [key, inner]]) as unknown;
}

export function listAt(value: unknown, place: Place): readonly unknown[] {
  const found = valueAt(value, place);
  return Array.isArray(found) ? found : [];
}

export function textAt(value: unknown, place: Place): string {
  const found = valueAt(value, place);
  return typeof found === 'string' ? found : '';
}

export function numberAt(value: unknown, place: Place): number | null {
  const found = valueAt(value, place);
  return typeof found === 'number' ? found : null;
}

/** An id that is free among those in the list. */
export function freeId(prefix: string, list: readonly unknown[]): string {
  const taken = new Set(list.map((item) => valueAt(item, ['id'])));
  let at = list.length + 1;
  while (taken.has(`${prefix}-${at}`)) at += 1;
  return `${prefix}-${at}`;
}

function isContainer(value: unknown): value is Record<string | number, unknown> {
  return typeof value === 'object' && value !== null;
}
