import type { Lineage, Tree } from '@assent/contract';

/** Which path of which tree led to the chosen action. */
export function lineageOf(tree: Tree): Lineage {
  const { actionId, leafId, path } = tree.chosen;
  return { treeId: tree.id, leafId, actionId, path: [...path] };
}
