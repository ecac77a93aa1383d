import { useCallback, useRef, useState } from 'preact/hooks';
import { rowsOf, stepOf, type Item, type OutlineRow } from './outline';

/** A tree that is walked with the keyboard: which rows are shown, open, and in the tab order. */
export interface TreeWalk<T extends Item> {
  readonly rows: readonly OutlineRow<T>[];
  /** The one row in the tab order. */
  readonly focusable: string;
  readonly onKeyDown: (event: KeyboardEvent) => void;
  readonly onFocus: (id: string) => void;
}

export function useWalk<T extends Item>(
  root: T,
  closed: ReadonlySet<string>,
  setClosed: (closed: ReadonlySet<string>) => void,
  onSelect: (id: string) => void,
  labelOf: (item: T) => string,
): TreeWalk<T> {
  const rows = rowsOf(root, closed);
  const [focused, setFocused] = useState<string | null>(null);
  const focusable = rows.some(({ item }) => item.id === focused) ? (focused ?? root.id) : root.id;
  const newest = useRef({ rows, focusable, closed });
  newest.current = { rows, focusable, closed };
  const onKeyDown = useCallback(
    (event: KeyboardEvent) => {
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      const { rows, focusable, closed } = newest.current;
      const step = stepOf(rows, focusable, event.key, labelOf);
      if (!step) return;
      event.preventDefault();
      // The keys of the page must not act as well.
      event.stopPropagation();
      if (step.kind === 'select') onSelect(step.id);
      else if (step.kind === 'toggle') setClosed(toggled(closed, step.ids, step.open));
      else {
        setFocused(step.id);
        const list = event.currentTarget as HTMLElement;
        list.querySelector<HTMLElement>(`[data-node="${CSS.escape(step.id)}"]`)?.focus();
      }
    },
    [labelOf, onSelect, setClosed],
  );
  return { rows, focusable, onKeyDown, onFocus: setFocused };
}

export function toggled(closed: ReadonlySet<string>, ids: readonly string[], open: boolean): ReadonlySet<string> {
  const next = new Set(closed);
  for (const id of ids) {
    if (open) next.delete(id);
    else next.add(id);
  }
  return next;
}
