import {
  Virtualizer,
  observeWindowOffset,
  observeWindowRect,
  windowScroll,
  type VirtualizerOptions,
} from '@tanstack/virtual-core';
import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

const OVERSCAN = 8;

/** A list of which only the rows on the screen are in the page. The window scrolls. */
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
  const [, setRound] = useState(0);
  const [scrollMargin, setScrollMargin] = useState(0);
  const options: VirtualizerOptions<Window, HTMLElement> = {
    count: of.length,
    getScrollElement: () => window,
    estimateSize: () => rowHeight,
    overscan: OVERSCAN,
    scrollMargin,
    scrollToFn: windowScroll,
    observeElementRect: observeWindowRect,
    observeElementOffset: observeWindowOffset,
    initialOffset: () => window.scrollY,
    onChange: () => setRound((before) => before + 1),
  };
  const [virtualizer] = useState(() => new Virtualizer(options));
  virtualizer.setOptions(options);
  useEffect(() => virtualizer._didMount(), [virtualizer]);
  useLayoutEffect(() => {
    virtualizer._willUpdate();
    const top = list.current ? list.current.getBoundingClientRect().top + window.scrollY : 0;
    setScrollMargin(Math.round(top));
  });
  useEffect(() => {
    const at = selected == null ? -1 : of.findIndex((item, index) => keyOf(item, index) === selected);
    if (at >= 0) virtualizer.scrollToIndex(at);
    // Only a new selection scrolls; new rows do not.
  }, [selected]);
  return (
    <ul class="rows" ref={list} aria-label={label} style={{ height: `${virtualizer.getTotalSize()}px` }}>
      {virtualizer.getVirtualItems().map(({ index, start, size }) => {
        const item = of[index];
        if (item === undefined) return null;
        return (
          <li
            key={keyOf(item, index)}
            class="rows-row"
            aria-setsize={of.length}
            aria-posinset={index + 1}
            style={{ height: `${size}px`, transform: `translateY(${start - scrollMargin}px)` }}
          >
            {row(item, index)}
          </li>
        );
      })}
    </ul>
  );
}
