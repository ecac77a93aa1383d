import { hierarchy, tree } from 'd3-hierarchy';

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Sizes in pixels. `gap.x` holds the labels of the edges. */
export interface Metrics {
  readonly node: { readonly width: number; readonly height: number };
  readonly gap: { readonly x: number; readonly y: number };
}

export interface PlacedNode<T> extends Box {
  readonly item: T;
  readonly depth: number;
}

export interface PlacedEdge<T> {
  readonly from: PlacedNode<T>;
  readonly to: PlacedNode<T>;
  /** Path data of SVG. */
  readonly path: string;
  readonly label: Box;
}

export interface Layout<T> {
  /** In pre-order, the root first. */
  readonly nodes: readonly PlacedNode<T>[];
  readonly edges: readonly PlacedEdge<T>[];
  readonly width: number;
  readonly height: number;
}

export const LABEL_HEIGHT = 18;
/** Free space between a label and the nodes on both sides of its gap. */
const LABEL_MARGIN = 6;
/** Distance of neighbours with different parents, in rows. */
const COUSINS = 1.2;

/** Places the tree from left to right: one column for each depth, a gap without nodes between two columns. */
export function layout<T>(root: T, childrenOf: (item: T) => readonly T[], metrics: Metrics): Layout<T> {
  const { node, gap } = metrics;
  const rows = node.height + gap.y;
  const columns = node.width + gap.x;
  const place = tree<T>()
    .nodeSize([rows, columns])
    .separation((a, b) => (a.parent === b.parent ? 1 : COUSINS));
  const placed = place(hierarchy(root, (item) => [...childrenOf(item)]));
  let top = Infinity;
  let bottom = -Infinity;
  placed.each(({ x }) => {
    top = Math.min(top, x);
    bottom = Math.max(bottom, x);
  });
  const nodes: PlacedNode<T>[] = [];
  const edges: PlacedEdge<T>[] = [];
  const boxes = new Map<unknown, PlacedNode<T>>();
  placed.eachBefore((point) => {
    const box: PlacedNode<T> = {
      item: point.data,
      depth: point.depth,
      x: point.depth * columns,
      y: Math.round(point.x - top),
      ...node,
    };
    nodes.push(box);
    boxes.set(point, box);
    const from = point.parent && boxes.get(point.parent);
    if (from) edges.push(edgeOf(from, box, gap.x));
  });
  return {
    nodes,
    edges,
    width: placed.height * columns + node.width,
    height: Math.round(bottom - top) + node.height,
  };
}

/** The curve ends level with the child, where its label has a place: above the line going up, below the line going down. */
function edgeOf<T>(from: PlacedNode<T>, to: PlacedNode<T>, gap: number): PlacedEdge<T> {
  const start = { x: from.x + from.width, y: from.y + from.height / 2 };
  const end = { x: to.x, y: to.y + to.height / 2 };
  const bend = gap * 0.45;
  const isUp = end.y <= start.y;
  return {
    from,
    to,
    path: `M${start.x},${start.y}C${start.x + bend},${start.y} ${end.x - bend * 1.5},${end.y} ${end.x},${end.y}`,
    label: {
      x: start.x + LABEL_MARGIN,
      y: isUp ? end.y - LABEL_HEIGHT - LABEL_MARGIN : end.y + LABEL_MARGIN,
      width: gap - 2 * LABEL_MARGIN,
      height: LABEL_HEIGHT,
    },
  };
}
