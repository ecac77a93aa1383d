import type { Tree, TreeLeaf, TreeNode } from '@assent/contract';
import { plan } from '../plan';
import type { Problem } from './worlds';

export async function treeFor({ actions, beliefs, params }: Problem, changes: Problem['params'] = {}): Promise<Tree> {
  const { tree } = await plan({
    treeId: 'tree_test',
    goal: 'Hold the property',
    actions,
    beliefs,
    params: { ...params, ...changes },
  });
  return tree;
}

export function leavesOf(node: TreeNode): TreeLeaf[] {
  return node.kind === 'leaf' ? [node] : [...leavesOf(node.yes), ...leavesOf(node.no)];
}

export function internalsOf(node: TreeNode): Extract<TreeNode, { kind: 'internal' }>[] {
  return node.kind === 'leaf' ? [] : [node, ...internalsOf(node.yes), ...internalsOf(node.no)];
}
