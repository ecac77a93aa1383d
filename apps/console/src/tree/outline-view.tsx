import type { ComponentChildren } from 'preact';
import type { Item } from './outline';
import type { TreeWalk } from './use-tree';

/** The tree as indented rows: the same nodes and keys as the drawing. */
export function OutlineView<T extends Item>(props: {
  readonly walk: TreeWalk<T>;
  readonly label: string;
  readonly nameOf: (item: T) => string;
  readonly classOf: (item: T) => string;
  readonly selected: string | null;
  readonly onSelect: (id: string) => void;
  readonly onToggle: (id: string) => void;
  readonly children: (item: T) => ComponentChildren;
}) {
  const { walk, selected, onSelect, onToggle } = props;
  return (
    <div class="tree-outline" role="tree" aria-label={props.label} onKeyDown={walk.onKeyDown}>
      {walk.rows.map(({ item, level, position, size, isOpen }) => (
        <div
          key={item.id}
          class={`tree-row ${props.classOf(item)}`}
          role="treeitem"
          data-node={item.id}
          aria-label={props.nameOf(item)}
          aria-level={level}
          aria-posinset={position}
          aria-setsize={size}
          aria-expanded={isOpen ?? undefined}
          aria-selected={item.id === selected}
          tabIndex={item.id === walk.focusable ? 0 : -1}
          style={{ '--level': String(level - 1) }}
          onFocus={() => walk.onFocus(item.id)}
          onClick={() => onSelect(item.id)}
        >
          <span
            class="tree-row-toggle"
            onClick={(event) => {
              event.stopPropagation();
              if (isOpen !== null) onToggle(item.id);
            }}
          >
            {isOpen === null ? '' : isOpen ? '▾' : '▸'}
          </span>
          <span class="tree-row-body">{props.children(item)}</span>
        </div>
      ))}
    </div>
  );
}
