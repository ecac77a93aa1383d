import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

/** Rows above and below the screen that are in the page. */
const OVERSCAN = 8;

interface Range {
  readonly first: number;
  readonly end: number;
}

/** A list of which only the rows on the screen are in the page. All rows have the same height. The window scrolls. */
export function Rows<T>(props: {
  readonly of: readonly T[];
  readonly rowHeight: number;
  readonly row: (item: T, index: number) => ComponentChildren;
  readonly keyOf: (item: T, index: number) => string;
  /** Key of the row that is kept in view. */
  readonly selected?: string | null;
  readonly label?: string;
}) {
  const { of, rowHeight, row, keyOf, selected, label } = props;
  const list = useRef<HTMLUListElement>(null);
  const [{ first, end }, setRange] = useState<Range>({ first: 0, end: OVERSCAN });
  const topOf = (): number => list.current?.getBoundingClientRect().top ?? 0;
  const measure = (): void => {
    const top = topOf();
    const next = {
      first: Math.max(0, Math.floor(-top / rowHeight) - OVERSCAN),
      end: Math.ceil((window.innerHeight - top) / rowHeight) + OVERSCAN,
    };
    setRange((before) => (before.first === next.first && before.end === next.end ? before : next));
  };
  // What is above the list may have another height than before.
  useLayoutEffect(measure);
  useEffect(() => {
    window.addEventListener('scroll', measure, { passive: true });
    window.addEventListener('resize', measure);
    return () => {
      window.removeEventListener('scroll', measure);
      window.removeEventListener('resize', measure);
    };
  }, [rowHeight]);
  useEffect(() => {
    const at = selected == null ? -1 : of.findIndex((item, index) => keyOf(item, index) === selected);
    if (at < 0) return;
    // Bars of the page cover what the padding of the scroll box leaves out.
    const { scrollPaddingTop, scrollPaddingBottom } = getComputedStyle(document.documentElement);
    const start = topOf() + at * rowHeight;
    const above = start - (parseFloat(scrollPaddingTop) || 0);
    const below = start + rowHeight - window.innerHeight + (parseFloat(scrollPaddingBottom) || 0);
    if (above < 0) window.scrollBy(0, above);
    else if (below > 0) window.scrollBy(0, below);
    // Only a new selection scrolls; new rows do not.
  }, [selected]);
  return (
    <ul class="rows" ref={list} aria-label={label} style={{ height: `${of.length * rowHeight}px` }}>
      {of.slice(first, end).map((item, offset) => {
        const index = first + offset;
        return (
          <li
            key={keyOf(item, index)}
            class="rows-row"
            aria-setsize={of.length}
            aria-posinset={index + 1}
            style={{ height: `${rowHeight}px`, transform: `translateY(${index * rowHeight}px)` }}
          >
            {row(item, index)}
          </li>
        );
      })}
    </ul>
  );
}
