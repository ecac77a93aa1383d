import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { layout, type Layout, type Metrics, type PlacedEdge } from './layout';
import type { Item } from './outline';
import type { TreeWalk } from './use-tree';

export interface EdgeLook {
  /** Width of the line in pixels. */
  readonly width: number;
  readonly isDashed: boolean;
  readonly isOnPath: boolean;
  readonly label: string;
}

interface CanvasProps<T extends Item> {
  readonly root: T;
  readonly walk: TreeWalk<T>;
  readonly label: string;
  readonly edge: (to: T) => EdgeLook;
  /** The accessible name of a node. */
  readonly nameOf: (item: T) => string;
  readonly classOf: (item: T) => string;
  /** Low nodes, however few there are. */
  readonly dense?: boolean;
  readonly selected: string | null;
  readonly onSelect: (id: string) => void;
  readonly onToggle: (id: string) => void;
  /** Changes when another node is to be brought into view. */
  readonly reveal: string | null;
  readonly isRevealed: (item: T) => boolean;
  readonly toggleLabel: (item: T, isOpen: boolean) => string;
  readonly children: (item: T, isDense: boolean) => ComponentChildren;
}

/** From this many rows on, nodes are low. */
const DENSE_FROM = 26;
const GAP = 84;
const NODE_WIDTH = { min: 150, max: 224 };
/** Low nodes have one line of text. */
const DENSE_WIDTH = 190;
const PADDING = 16;

/** Draws a tree: HTML nodes, so that their text can be selected and read aloud, over an SVG of the edges. */
export function Canvas<T extends Item>(props: CanvasProps<T>) {
  const { root, walk, selected, onSelect, onToggle } = props;
  const box = useRef<HTMLDivElement>(null);
  // Nothing is drawn before the width is known: it would be drawn twice.
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    setWidth(element.clientWidth);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const isDense = props.dense === true || walk.rows.length > DENSE_FROM;
  const shown = new Map(walk.rows.map((row) => [row.item.id, row]));
  const visible = walk.rows.map(({ item }) => item.id).join(' ');
  const drawn: Layout<T> = useMemo(() => {
    const columns = Math.max(...walk.rows.map(({ level }) => level));
    const childrenOf = (item: T) => (shown.get(item.id)?.isOpen === true ? (item.children as readonly T[]) : []);
    return layout(root, childrenOf, metricsOf(width - 2 * PADDING, columns, isDense));
  }, [root, visible, width, isDense]);
  useLayoutEffect(() => {
    const target = drawn.nodes.find(({ item }) => props.isRevealed(item));
    const element = box.current;
    if (!target || !element) return;
    element.scrollLeft = Math.max(0, target.x + target.width + 2 * PADDING - element.clientWidth);
    element.scrollTop = Math.max(0, target.y + target.height + 2 * PADDING - element.clientHeight);
  }, [props.reveal, root, width > 0]);
  return (
    <div class="tree-canvas" ref={box}>
      {width > 0 && (
        <div
          class={isDense ? 'tree-drawing tree-dense' : 'tree-drawing'}
          role="tree"
          aria-label={props.label}
          style={{ width: `${drawn.width}px`, height: `${drawn.height}px` }}
          onKeyDown={walk.onKeyDown}
        >
          <svg class="tree-edges" width={drawn.width} height={drawn.height} aria-hidden="true">
            {drawn.edges.map((edge) => (
              <EdgeLine key={edge.to.item.id} edge={edge} look={props.edge(edge.to.item)} />
            ))}
          </svg>
          {drawn.edges.map((edge) => (
            <EdgeLabel key={edge.to.item.id} edge={edge} look={props.edge(edge.to.item)} />
          ))}
          {drawn.nodes.map(({ item, x, y, width, height }) => {
            const row = shown.get(item.id);
            return (
              row && (
                <div
                  key={item.id}
                  class={`tree-node ${props.classOf(item)}`}
                  role="treeitem"
                  data-node={item.id}
                  aria-label={props.nameOf(item)}
                  aria-level={row.level}
                  aria-posinset={row.position}
                  aria-setsize={row.size}
                  aria-expanded={row.isOpen ?? undefined}
                  aria-selected={item.id === selected}
                  tabIndex={item.id === walk.focusable ? 0 : -1}
                  style={{ transform: `translate(${x}px, ${y}px)`, width: `${width}px`, height: `${height}px` }}
                  onFocus={() => walk.onFocus(item.id)}
                  onClick={() => onSelect(item.id)}
                >
                  {props.children(item, isDense)}
                  {row.isOpen !== null && (
                    <span
                      class="tree-toggle"
                      title={props.toggleLabel(item, row.isOpen)}
                      onClick={(event) => {
                        event.stopPropagation();
                        onToggle(item.id);
                      }}
                    >
                      {row.isOpen ? '−' : '+'}
                    </span>
                  )}
                </div>
              )
            );
          })}
        </div>
      )}
    </div>
  );
}

function EdgeLine<T>({ edge, look }: { readonly edge: PlacedEdge<T>; readonly look: EdgeLook }) {
  const kind = `tree-edge${look.isDashed ? ' tree-edge-dashed' : ''}${look.isOnPath ? ' tree-on-path' : ''}`;
  return <path class={kind} d={edge.path} stroke-width={look.width} />;
}

function EdgeLabel<T>({ edge, look }: { readonly edge: PlacedEdge<T>; readonly look: EdgeLook }) {
  if (look.label === '') return null;
  const { x, y, width, height } = edge.label;
  return (
    <span
      class={look.isOnPath ? 'tree-label tree-on-path' : 'tree-label'}
      aria-hidden="true"
      style={{ transform: `translate(${x}px, ${y}px)`, width: `${width}px`, height: `${height}px` }}
    >
      {look.label}
    </span>
  );
}

/** Nodes use the width that there is, between what can be read and what looks lost. */
function metricsOf(width: number, columns: number, isDense: boolean): Metrics {
  const free = Math.floor((width - (columns - 1) * GAP) / columns);
  const nodeWidth = Math.min(NODE_WIDTH.max, Math.max(isDense ? DENSE_WIDTH : NODE_WIDTH.min, free));
  return { node: { width: nodeWidth, height: isDense ? 48 : 86 }, gap: { x: GAP, y: isDense ? 10 : 14 } };
}
