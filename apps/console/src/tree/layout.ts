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

/** A subtree that is laid out by itself: rows are relative to its root. */
interface Subtree<T> {
  readonly item: T;
  readonly children: readonly { readonly row: number; readonly subtree: Subtree<T> }[];
  /** The first and the last row in use, for each depth below its root. */
  readonly first: readonly number[];
  readonly last: readonly number[];
}

/** Places the tree from left to right: one column for each depth, a gap without nodes between two columns. */
export function layout<T>(root: T, childrenOf: (item: T) => readonly T[], metrics: Metrics): Layout<T> {
  const { node, gap } = metrics;
  const rows = node.height + gap.y;
  const columns = node.width + gap.x;
  const tree = subtreeOf(root, childrenOf);
  const top = Math.min(...tree.first);
  const nodes: PlacedNode<T>[] = [];
  const edges: PlacedEdge<T>[] = [];
  const add = ({ item, children }: Subtree<T>, row: number, depth: number, from: PlacedNode<T> | null): void => {
    const box = { item, depth, x: depth * columns, y: Math.round((row - top) * rows), ...node };
    nodes.push(box);
    if (from) edges.push(edgeOf(from, box, gap.x));
    for (const child of children) add(child.subtree, row + child.row, depth + 1, box);
  };
  add(tree, 0, 0, null);
  return {
    nodes,
    edges,
    width: (tree.first.length - 1) * columns + node.width,
    height: Math.round((Math.max(...tree.last) - top) * rows) + node.height,
  };
}

/** Puts each child as close below the former ones as their outlines allow, and the parent half-way (Reingold and Tilford). */
function subtreeOf<T>(item: T, childrenOf: (item: T) => readonly T[]): Subtree<T> {
  const first: number[] = [];
  const last: number[] = [];
  const placed = childrenOf(item).map((child) => {
    const subtree = subtreeOf(child, childrenOf);
    const distances = subtree.first.map((row, depth) => (last[depth] ?? -Infinity) - row + (depth === 0 ? 1 : COUSINS));
    const row = Math.max(...distances);
    const start = row === -Infinity ? 0 : row;
    subtree.first.forEach((from, depth) => {
      first[depth] ??= start + from;
      last[depth] = start + (subtree.last[depth] ?? from);
    });
    return { row: start, subtree };
  });
  const middle = ((placed[0]?.row ?? 0) + (placed.at(-1)?.row ?? 0)) / 2;
  return {
    item,
    children: placed.map(({ row, subtree }) => ({ row: row - middle, subtree })),
    first: [0, ...first.map((row) => row - middle)],
    last: [0, ...last.map((row) => row - middle)],
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
