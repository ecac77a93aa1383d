import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import { number } from '../format';

export interface Tab {
  readonly id: string;
  readonly label: string;
  readonly count?: number;
}

/** Tabs with arrow keys. The content of the selected one is in a `TabPanel` with the same id. */
export function Tabs(props: {
  readonly of: readonly Tab[];
  readonly selected: string;
  readonly onSelect: (id: string) => void;
  readonly label?: string;
}) {
  const { of, selected, onSelect, label } = props;
  const list = useRef<HTMLDivElement>(null);
  const move = (event: KeyboardEvent): void => {
    const at = of.findIndex(({ id }) => id === selected);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: of.length - 1 }[event.key];
    if (to === undefined) return;
    const next = of.at(to % of.length);
    if (!next) return;
    event.preventDefault();
    event.stopPropagation();
    onSelect(next.id);
    list.current?.querySelector<HTMLElement>(`[data-tab="${CSS.escape(next.id)}"]`)?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label={label} ref={list} onKeyDown={move}>
      {of.map(({ id, label: text, count }) => (
        <button
          key={id}
          type="button"
          role="tab"
          id={`tab-${id}`}
          data-tab={id}
          class="tab"
          aria-selected={id === selected}
          aria-controls={id === selected ? `panel-${id}` : undefined}
          tabIndex={id === selected ? 0 : -1}
          onClick={() => onSelect(id)}
        >
          {text}
          {count !== undefined && <span class="count">{number(count)}</span>}
        </button>
      ))}
    </div>
  );
}

/** The content of a tab. */
export function TabPanel({ id, children }: { readonly id: string; readonly children: ComponentChildren }) {
  return (
    <div role="tabpanel" id={`panel-${id}`} aria-labelledby={`tab-${id}`} class="tab-panel">
      {children}
    </div>
  );
}
