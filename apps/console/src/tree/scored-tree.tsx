import type { Tree } from '@assent/contract';
import { useMemo } from 'preact/hooks';
import { Disagreement } from './disagreement';
import { drawnOf } from './stored.tree';
import { TreeView } from './tree-view';
import './tree.css';

/** A tree that was scored and not stored. */
export function ScoredTree({ tree, goal }: { readonly tree: Tree; readonly goal: string }) {
  const drawn = useMemo(() => drawnOf(tree), [tree]);
  return <TreeView tree={drawn} goal={goal} notices={<Disagreement tree={drawn} />} />;
}
