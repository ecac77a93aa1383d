import type { PlannerMode, Tree, TreeLeaf, TreeNode } from '@assent/contract';
import type { Branch, DrawnNode, DrawnTree, LeafNode, Score } from './drawn.tree';
import { leavesOf } from './drawn.tree';

const MODES: readonly PlannerMode[] = ['expected', 'aggregate', 'paper'];

/** The drawing of a stored tree, or of an answer of `tree/score`. */
export function drawnOf(tree: Tree): DrawnTree {
  const { params, mode, chosen } = tree;
  return {
    treeId: tree.id,
    root: nodeOf(tree.root, null, params.lambda, null),
    assumptions: new Map(tree.assumptions.map((assumption) => [assumption.id, assumption])),
    actions: new Map(tree.actions.map((action) => [action.id, action])),
    chosen,
    ranking: tree.rankings[mode],
    modesAgree: tree.modesAgree,
    others: MODES.flatMap((other) => {
      const [first] = tree.rankings[other];
      return first && first.actionId !== chosen.actionId ? [{ mode: other, actionId: first.actionId }] : [];
    }),
    rationale: tree.rationale ?? null,
    lambda: params.lambda,
    asking: params.asking ?? 'evsi',
    settles: new Map(tree.diagnostics.questions.map(({ actionId, assumptionIds }) => [actionId, assumptionIds])),
  };
}

function nodeOf(node: TreeNode, branch: Branch | null, lambda: number, within: string | null): DrawnNode {
  if (node.kind === 'leaf') return leafOf(node, branch);
  const { id, assumptionId, pTrue, decisive = null } = node;
  const scoredAs = within ?? commonGroup(node);
  const children = [
    nodeOf(node.yes, { value: true, p: pTrue }, lambda, scoredAs),
    nodeOf(node.no, { value: false, p: 1 - pTrue }, lambda, scoredAs),
  ];
  const isGroup = scoredAs !== null && within === null;
  const group = isGroup ? asScored(scoredAs, branch, children.flatMap(leavesOf), lambda) : null;
  return { kind: 'split', id, branch, assumptionId, pTrue, isDecisive: decisive, group, children };
}

function leafOf({ id, actionId, L, G, C, U, group = id }: TreeLeaf, branch: Branch | null): LeafNode {
  return { kind: 'leaf', id, branch, actionId, score: { L, G, C, U }, scoredAs: group, children: [] };
}

/** The scored leaf of which all leaves below are parts; null: there are several. */
function commonGroup(node: TreeNode): string | null {
  if (node.kind === 'leaf') return node.group ?? null;
  const [yes, no] = [commonGroup(node.yes), commonGroup(node.no)];
  return yes === no ? yes : null;
}

/** Leaves of a display split sum up to the likelihood and the gain of the scored leaf. */
function asScored(id: string, branch: Branch | null, leaves: readonly LeafNode[], lambda: number): LeafNode | null {
  const [first] = leaves;
  if (!first) return null;
  const L = sum(leaves, ({ L }) => L);
  const G = L > 0 ? sum(leaves, ({ L, G }) => L * G) / L : first.score.G;
  const { C } = first.score;
  const score = { L, G, C, U: L * G - lambda * C };
  return { kind: 'leaf', id, branch, actionId: first.actionId, score, scoredAs: id, children: [] };
}

function sum(leaves: readonly LeafNode[], value: (score: Score) => number): number {
  return leaves.reduce((total, { score }) => total + value(score), 0);
}
