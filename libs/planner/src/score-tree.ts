import type { Tree, TreeNode } from '@assent/contract';
import { assembleTree } from './assemble';
import { groupOf } from './display/nodes';
import { buildModel } from './build-model';
import { study, type Study } from './study';
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

/** Beliefs and actions, a trace and actions, or a tree, with parameters. */
export interface ScoreRequest extends PlanInput {
  /** A tree in the form of `tree/get`; checked here. */
  readonly tree?: unknown;
  /** Assumed probabilities of the tree's open assumptions, for a what-if analysis. */
  readonly assume?: Assumed;
}

/** Id of a tree that is scored but not stored. */
const UNSTORED_ID = 'tree_unstored';

/** Tolerance between the probabilities of a split and of its assumption, for rounding in JSON. */
const EPSILON_AGREEMENT = 1e-9;

/**
 * Scores without storing. A tree keeps its splits and leaf likelihoods and is scored with other weights. Another depth or
 * ranking, a fact about a split assumption, and assumed probabilities cause new splits from the beliefs in the tree.
 * @throws AssentError `invalid`, with a pointer into the request
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
  const stated = statedModel(read, changes);
  const { params } = stated;
  const isChanged = params.depth !== read.tree.params.depth || params.ranking !== read.tree.params.ranking;
  // Another version of the arithmetic, or added facts, give the same splits other probabilities.
  const isOutdated = read.tree.version < PLANNER_VERSION || hasNewFact(read.tree);
  const splitsAnew = isChanged || isOutdated || assume !== undefined;
  if (!isOutdated) requireAgreement(read.tree.root, stated, stated.joint, '/tree/root');
  const studied = study(assume ? statedModel(read, changes, assume) : stated);
  const shape = splitsAnew ? composeShape(studied) : keptShape(read.tree, studied);
  return assembleTree(shape, studied, { treeId: read.tree.id, goal: read.tree.goal }).tree;
}

/**
 * The model that a stored tree states.
 * @param changes of its parameters
 * @param assume in addition to its own assumed probabilities
 */
export function statedModel(
  { tree, beliefs }: ReturnType<typeof readTree>,
  changes: NonNullable<ScoreRequest['params']> = {},
  assume?: Assumed,
): Model {
  const params = completeParams({ asking: 'evsi', ...tree.params, ...changes }, beliefs.gains !== null);
  const assumed = assume ? { ...stillOpen(tree), ...assume } : stillOpen(tree);
  return buildModel({
    beliefs,
    actions: completeActions(tree.actions),
    params,
    resolutions: {},
    ...(assumed && { assumed }),
  });
}

/** The splits of a stored tree, scored again. */
export function keptShape(tree: Tree, studied: Study): Shape {
  return rescoreShape(toShape(tree.root, studied.model, 1), studied);
}

/** Assumed probabilities of the tree, except those of assumptions that were resolved since. */
function stillOpen({ assumed, assumptions }: Tree): Assumed | undefined {
  if (!assumed) return undefined;
  const open = assumptions.filter(({ resolved }) => resolved === null).map(({ id }) => id);
  return Object.fromEntries(Object.entries(assumed).filter(([id]) => open.includes(id)));
}

/** Whether a fact was added to the tree since it was scored. */
function hasNewFact({ assumptions }: Tree): boolean {
  return assumptions.some(({ resolved, posterior }) => resolved !== null && posterior !== Number(resolved));
}

/** Refuses splits whose probabilities differ from the tree's beliefs: one of the two was changed, and the intended one is unknown. */
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
  requireAgreement(node.yes, model, joint.branch({ variable, value: true }), pointer(at, 'yes'));
  requireAgreement(node.no, model, joint.branch({ variable, value: false }), pointer(at, 'no'));
}

/**
 * The scored splits of a stored tree. Drops a likelihood that equals the product of its edges.
 * @param L likelihood of the path to the node
 */
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
