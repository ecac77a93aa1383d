/** A tree that a person can open and close, drawn or as an outline. */
export interface Item {
  readonly id: string;
  readonly children: readonly Item[];
}

export interface OutlineRow<T extends Item> {
  readonly item: T;
  readonly parent: T | null;
  /** From 1, as `aria-level`. */
  readonly level: number;
  readonly position: number;
  readonly size: number;
  /** null: nothing is below it. */
  readonly isOpen: boolean | null;
}

/** Items that are shown, in order: what is below a closed one is not. */
export function rowsOf<T extends Item>(root: T, closed: ReadonlySet<string>): OutlineRow<T>[] {
  const rows: OutlineRow<T>[] = [];
  const visit = (item: T, parent: T | null, level: number, position: number, size: number) => {
    const children = item.children as readonly T[];
    const isOpen = children.length === 0 ? null : !closed.has(item.id);
    rows.push({ item, parent, level, position, size, isOpen });
    if (isOpen) children.forEach((child, index) => visit(child, item, level + 1, index + 1, children.length));
  };
  visit(root, null, 1, 1, 1);
  return rows;
}

export type Step =
  | { readonly kind: 'focus'; readonly id: string }
  | { readonly kind: 'toggle'; readonly ids: readonly string[]; readonly open: boolean }
  | { readonly kind: 'select'; readonly id: string };

/**
 * What a key does in a tree, after the pattern of the ARIA Authoring Practices.
 * @returns null: the key means nothing here
 */
export function stepOf<T extends Item>(
  rows: readonly OutlineRow<T>[],
  focused: string,
  key: string,
  labelOf: (item: T) => string,
): Step | null {
  const at = Math.max(
    0,
    rows.findIndex(({ item }) => item.id === focused),
  );
  const row = rows[at];
  if (!row) return null;
  const focus = (target: OutlineRow<T> | undefined): Step | null =>
    target && target !== row ? { kind: 'focus', id: target.item.id } : null;
  const toggle = (ids: readonly string[], open: boolean): Step => ({ kind: 'toggle', ids, open });
  switch (key) {
    case 'ArrowDown':
      return focus(rows[at + 1]);
    case 'ArrowUp':
      return focus(rows[at - 1]);
    case 'Home':
      return focus(rows[0]);
    case 'End':
      return focus(rows.at(-1));
    case 'ArrowRight':
      return row.isOpen === false ? toggle([row.item.id], true) : row.isOpen ? focus(rows[at + 1]) : null;
    case 'ArrowLeft':
      if (row.isOpen) return toggle([row.item.id], false);
      return row.parent && { kind: 'focus', id: row.parent.id };
    case 'Enter':
    case ' ':
      return { kind: 'select', id: row.item.id };
    case '*': {
      const closed = rows.filter(({ parent, isOpen }) => parent?.id === row.parent?.id && isOpen === false);
      return closed.length > 0
        ? toggle(
            closed.map(({ item }) => item.id),
            true,
          )
        : null;
    }
    default:
      return typed(rows, at, key, labelOf);
  }
}

/** The next row whose label starts with the character. */
function typed<T extends Item>(
  rows: readonly OutlineRow<T>[],
  at: number,
  key: string,
  labelOf: (item: T) => string,
): Step | null {
  if (!/^[\p{L}\p{N}]$/u.test(key)) return null;
  const start = key.toLowerCase();
  const found = [...rows.slice(at + 1), ...rows.slice(0, at)].find(({ item }) =>
    labelOf(item).toLowerCase().startsWith(start),
  );
  return found ? { kind: 'focus', id: found.item.id } : null;
}
