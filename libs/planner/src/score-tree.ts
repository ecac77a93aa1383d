import type { Tree, TreeNode } from '@assent/contract';
import { assembleTree } from './assemble';
import { buildModel } from './build-model';
import { study } from './evaluate';
import type { Model } from './model';
import { completeActions, completeParams } from './params';
import { plan } from './plan';
import { readTree } from './read-tree';
import { composeShape, rescoreShape, type Shape } from './tree';
import { validateParams, type PlanInput } from './validate';

/** Beliefs and actions, a trace and actions, or a tree; each with parameters. */
export interface ScoreRequest extends PlanInput {
  /** As `tree/get` answers it; checked here. */
  readonly tree?: unknown;
}

/** Id of a tree that is scored but not stored. */
const UNSTORED_ID = 'tree_unstored';

/**
 * Scores without storing. A tree keeps its splits and the likelihoods of its leaves and is scored with other weights;
 * another depth or ranking makes other splits, from the beliefs that the tree carries. Throws `AssentError('invalid')`
 * with a pointer into the request.
 */
export async function scoreTree({ tree, ...input }: ScoreRequest): Promise<Tree> {
  if (tree === undefined) {
    const request = { ...input, treeId: UNSTORED_ID, goal: input.goal ?? '', actions: input.actions ?? [] };
    return (await plan(request)).tree;
  }
  const changes = input.params ?? {};
  validateParams(changes, '/params');
  const read = readTree(tree);
  const params = completeParams({ ...read.tree.params, ...changes }, read.tree.actions, read.beliefs.gains !== null);
  const model = buildModel({
    beliefs: read.beliefs,
    actions: completeActions(read.tree.actions),
    params,
    resolutions: {},
  });
  const studied = study(model);
  const { prospect, diagrams } = studied;
  const splitsAnew = params.depth !== read.tree.params.depth || params.ranking !== read.tree.params.ranking;
  const shape = splitsAnew
    ? composeShape(prospect, diagrams)
    : rescoreShape(toShape(read.tree.root, model, 1), prospect, diagrams);
  return assembleTree(shape, studied, { treeId: read.tree.id, goal: read.tree.goal }).tree;
}

/** The splits of a stored tree. A likelihood that is the product of its edges need not be kept. */
function toShape(node: TreeNode, model: Model, L: number): Shape {
  if (node.kind === 'leaf') return node.L === L ? { kind: 'tip' } : { kind: 'tip', likelihood: node.L };
  const { assumptionId, pTrue: p, splitScore: score, yes, no } = node;
  const variable = model.variables.findIndex(({ id }) => id === assumptionId);
  return { kind: 'split', variable, p, score, yes: toShape(yes, model, L * p), no: toShape(no, model, L * (1 - p)) };
}
