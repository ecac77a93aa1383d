import type { Tree } from '@assent/contract';
import { useMemo } from 'preact/hooks';
import { drawnOf } from './stored.tree';
import { TREE } from './texts';
import { TreeView } from './tree-view';
import './tree.css';

/** A tree that was scored and not stored. */
export function ScoredTree({ tree, goal }: { readonly tree: Tree; readonly goal: string }) {
  const drawn = useMemo(() => drawnOf(tree), [tree]);
  return <TreeView tree={drawn} goal={goal} notices={tree.modesAgree ? null : <p class="notice">{TREE.disagree}</p>} />;
}
