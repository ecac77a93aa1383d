import type { Tree, TreeNode } from '@assent/contract';
import { assembleTree } from './assemble';
import { groupOf } from './display/nodes';
import { buildModel } from './build-model';
import { study } from './study';
import type { Joint } from './joint/joint';
import type { Model } from './model';
import { EPSILON_LIKELIHOOD, PLANNER_VERSION } from './numbers';
import { completeActions, completeParams } from './params';
import { plan } from './plan';
import { invalid, pointer } from './pointer';
import { readTree } from './read-tree';
import { NO_COMPOSER, type TraceComposer } from './trace.composer';
import { composeShape, rescoreShape, type Shape } from './tree';
import { validateParams, type PlanInput } from './validate';
import type { Assumed } from './what-if';

/** Beliefs and actions, a trace and actions, or a tree; each with parameters. */
export interface ScoreRequest extends PlanInput {
  /** As `tree/get` answers it; checked here. */
  readonly tree?: unknown;
  /** Probabilities to assume of the tree's open assumptions: what if? */
  readonly assume?: Assumed;
}

/** Id of a tree that is scored but not stored. */
const UNSTORED_ID = 'tree_unstored';

/** Probabilities of a split and of its assumption that are nearer than this agree: rounding on the way through JSON. */
const EPSILON_AGREEMENT = 1e-9;

/**
 * Scores without storing. A tree keeps its splits and the likelihoods of its leaves and is scored with other weights;
 * another depth or ranking, a fact about what it splits on, and probabilities that are assumed make other splits, from the
 * beliefs that the tree carries. Throws `AssentError('invalid')`
 * with a pointer into the request.
 */
export async function scoreTree(
  { tree, assume, ...input }: ScoreRequest,
  composer: TraceComposer = NO_COMPOSER,
): Promise<Tree> {
  if (tree === undefined) {
    const request = { ...input, treeId: UNSTORED_ID, goal: input.goal ?? '', actions: input.actions ?? [] };
    return (await plan(request, composer)).tree;
  }
  const changes = input.params ?? {};
  validateParams(changes, '/params');
  const read = readTree(tree);
  const params = completeParams({ asking: 'evsi', ...read.tree.params, ...changes }, read.beliefs.gains !== null);
  const actions = completeActions(read.tree.actions);
  const modelOf = (assumed: Assumed | undefined) =>
    buildModel({ beliefs: read.beliefs, actions, params, resolutions: {}, ...(assumed && { assumed }) });
  const stated = modelOf(stillOpen(read.tree));
  const isChanged = params.depth !== read.tree.params.depth || params.ranking !== read.tree.params.ranking;
  // Another version of the arithmetic gives other probabilities to the same splits, and so do facts that were added.
  const isOutdated = read.tree.version < PLANNER_VERSION || hasNewFact(read.tree);
  const splitsAnew = isChanged || isOutdated || assume !== undefined;
  if (!isOutdated) requireAgreement(read.tree.root, stated, stated.joint, '/tree/root');
  const studied = study(assume ? modelOf({ ...stillOpen(read.tree), ...assume }) : stated);
  const shape = splitsAnew ? composeShape(studied) : rescoreShape(toShape(read.tree.root, studied.model, 1), studied);
  return assembleTree(shape, studied, { treeId: read.tree.id, goal: read.tree.goal }).tree;
}

/** Probabilities that the tree was scored with, of what no fact has settled since. */
function stillOpen({ assumed, assumptions }: Tree): Assumed | undefined {
  if (!assumed) return undefined;
  const open = assumptions.filter(({ resolved }) => resolved === null).map(({ id }) => id);
  return Object.fromEntries(Object.entries(assumed).filter(([id]) => open.includes(id)));
}

/** Whether a fact was added to the tree since it was scored. */
function hasNewFact({ assumptions }: Tree): boolean {
  return assumptions.some(({ resolved, posterior }) => resolved !== null && posterior !== Number(resolved));
}

/** Refuses splits with other probabilities than the beliefs of the tree: one of the two was changed, and neither may win in silence. */
function requireAgreement(node: TreeNode, model: Model, joint: Joint, at: string): void {
  if (node.kind === 'leaf') return;
  const variable = model.variables.findIndex(({ id }) => id === node.assumptionId);
  const p = joint.probability(variable);
  if (Math.abs(node.pTrue - p) > EPSILON_AGREEMENT) {
    throw invalid(
      `Node "${node.id}" splits on "${node.assumptionId}" with ${node.pTrue}, but the assumptions of the tree give ${p}. Send the tree unchanged; to ask what if "${node.assumptionId}" had another probability, use "assume".`,
      pointer(at, 'pTrue'),
    );
  }
  requireAgreement(node.yes, model, joint.observed([{ variable, value: true }]), pointer(at, 'yes'));
  requireAgreement(node.no, model, joint.observed([{ variable, value: false }]), pointer(at, 'no'));
}

/** The splits of a stored tree that were scored. A likelihood that is the product of its edges need not be kept. */
function toShape(node: TreeNode, model: Model, L: number): Shape {
  if (groupOf(node) !== undefined) {
    const likelihood = likelihoodOf(node);
    return Math.abs(likelihood - L) <= EPSILON_LIKELIHOOD ? { kind: 'tip' } : { kind: 'tip', likelihood };
  }
  if (node.kind === 'leaf') return node.L === L ? { kind: 'tip' } : { kind: 'tip', likelihood: node.L };
  const { assumptionId, pTrue: p, splitScore: score, yes, no } = node;
  const variable = model.variables.findIndex(({ id }) => id === assumptionId);
  return { kind: 'split', variable, p, score, yes: toShape(yes, model, L * p), no: toShape(no, model, L * (1 - p)) };
}

function likelihoodOf(node: TreeNode): number {
  return node.kind === 'leaf' ? node.L : likelihoodOf(node.yes) + likelihoodOf(node.no);
}
