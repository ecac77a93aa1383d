/** A fragment in the graph of what it was made of. */
export interface LineageNode {
  readonly id: string;
  /** Ids of the fragments it was made of. */
  readonly sources: readonly string[];
}

export interface PlacedNode<Node extends LineageNode> {
  readonly node: Node;
  /** 0: made of nothing in the graph; a merged fragment is one column behind its latest source. */
  readonly column: number;
  readonly row: number;
}

export interface LineageGraph<Node extends LineageNode> {
  readonly nodes: readonly PlacedNode<Node>[];
  readonly edges: readonly { readonly from: PlacedNode<Node>; readonly to: PlacedNode<Node> }[];
  readonly columns: number;
  readonly rows: number;
}

/** Places fragments in columns, sources before what was made of them. Sources that are not given have no edge. */
export function layOut<Node extends LineageNode>(nodes: readonly Node[]): LineageGraph<Node> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const columns = new Map<string, number>();
  const columnOf = (id: string): number => {
    const known = columns.get(id);
    if (known !== undefined) return known;
    // A circle cannot be stored; were there one, this entry would end it.
    columns.set(id, 0);
    const sources = byId.get(id)?.sources.filter((source) => byId.has(source)) ?? [];
    const column = sources.length === 0 ? 0 : Math.max(...sources.map(columnOf)) + 1;
    columns.set(id, column);
    return column;
  };
  const taken = new Map<number, number>();
  const placed = new Map<string, PlacedNode<Node>>();
  for (const node of nodes) {
    const column = columnOf(node.id);
    const row = taken.get(column) ?? 0;
    taken.set(column, row + 1);
    placed.set(node.id, { node, column, row });
  }
  const edges = [...placed.values()].flatMap((to) =>
    to.node.sources.flatMap((source) => {
      const from = placed.get(source);
      return from ? [{ from, to }] : [];
    }),
  );
  return {
    nodes: [...placed.values()],
    edges,
    columns: Math.max(0, ...taken.keys()) + 1,
    rows: Math.max(0, ...taken.values()),
  };
}

/**
 * Collects a fragment and the fragments it was made of, level by level.
 * @param load answers null for a fragment that is not there
 */
export async function collectLineage<Node extends LineageNode>(
  root: Node,
  load: (id: string) => Promise<Node | null>,
  { levels, most }: { readonly levels: number; readonly most: number },
): Promise<{ readonly nodes: Node[]; readonly isWhole: boolean }> {
  const found = new Map<string, Node>([[root.id, root]]);
  let level: readonly Node[] = [root];
  let isWhole = true;
  for (let depth = 0; level.length > 0; depth += 1) {
    const wanted = [...new Set(level.flatMap(({ sources }) => sources))].filter((id) => !found.has(id));
    const room = depth < levels ? Math.max(0, most - found.size) : 0;
    if (wanted.length > room) isWhole = false;
    const loaded = await Promise.all(wanted.slice(0, room).map(load));
    level = loaded.filter((node) => node !== null);
    for (const node of level) found.set(node.id, node);
  }
  return { nodes: [...found.values()], isWhole };
}
