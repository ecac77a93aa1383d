import { PLANNER_MODES, type Assumption, type ScoredPath, type Tree } from '@assent/contract';
import { marginOf } from './choose';
import { diagnose } from './diagnose';
import { nodesOf, pathOf } from './display/nodes';
import { evaluate, leadingLeaf } from './evaluate';
import type { Study } from './study';
import { inputHashOf } from './hash';
import type { Model } from './model';
import { PLANNER_VERSION } from './numbers';
import { compareText } from './order';
import { rationaleOf } from './rationale/rationale';
import { rankBy, utilityOf, type Leaf } from './score';
import type { Shape } from './tree';

export interface Heading {
  readonly treeId: string;
  readonly goal: string;
}

/** The tree in the form in which it is stored and sent: ids in pre-order, scores, rankings, choice and diagnostics. */
export function assembleTree(shape: Shape, study: Study, heading: Heading): { tree: Tree; paths: ScoredPath[] } {
  const { model } = study;
  const evaluation = evaluate(shape, study);
  const { leaves, stakes } = evaluation;
  const [paper, aggregate, expected] = PLANNER_MODES.map((mode) => rankBy(mode, leaves, stakes));
  const rankings = { paper: paper ?? [], aggregate: aggregate ?? [], expected: expected ?? [] };
  const ranking = rankings[model.params.mode];
  const [best] = ranking;
  if (!best) throw new RangeError('a tree without actions was not refused by validatePlanInput');
  const leaf = leadingLeaf(
    leaves,
    model.actions.findIndex(({ id }) => id === best.actionId),
  );
  const scored = leaves.map((each) => scoredPath(each, study));
  const { params, actions, associations } = model;
  const tree = {
    id: heading.treeId,
    version: PLANNER_VERSION,
    inputHash: hashOf(shape, model, heading.goal),
    goal: heading.goal,
    params,
    actions: [...actions],
    assumptions: withProbabilities(model),
    associations: [...associations],
    gains: model.gains && [...model.gains.values()].flatMap(({ rows }) => rows),
    ...(model.assumed && { assumed: model.assumed }),
    root: nodesOf(
      shape,
      leaves.map((each, index) => ({ leaf: each, scored: scored[index] ?? scoredPath(each, study) })),
      study,
    ),
    rankings,
    mode: params.mode,
    chosen: {
      actionId: best.actionId,
      mode: params.mode,
      U: best.U,
      margin: marginOf(ranking),
      leafId: best.leafId ?? leaf?.id ?? null,
      path: scored.find(({ leafId }) => leafId === (best.leafId ?? leaf?.id))?.path ?? [],
    },
    rationale: rationaleOf(study, ranking),
    modesAgree: PLANNER_MODES.every((mode) => rankings[mode][0]?.actionId === best.actionId),
    diagnostics: diagnose(shape, evaluation, study, best),
  };
  return { tree, paths: [...scored].sort((a, b) => b.U - a.U || b.L - a.L || compareText(a.leafId, b.leafId)) };
}

/** The assumptions as stated, with their probabilities under the joint distribution. */
function withProbabilities({ assumptions, variables, prior, joint }: Model): Assumption[] {
  const position = new Map(variables.map(({ id }, variable) => [id, variable]));
  return assumptions.map((assumption) => {
    const variable = position.get(assumption.id) ?? -1;
    return { ...assumption, marginal: prior.probability(variable), posterior: joint.probability(variable) };
  });
}

/**
 * Hash of all inputs of the tree. It includes the splits, because a tree that a caller sent may have other splits than its
 * beliefs would give. Of a gain table it includes the digest, which is equivalent in a quarter of the bytes.
 */
function hashOf(
  shape: Shape,
  { params, actions, assumptions, associations, gains, assumed }: Model,
  goal: string,
): string {
  const digests = gains && [...gains].map(([actionId, { digest }]) => [actionId, digest] as const);
  return inputHashOf({
    version: PLANNER_VERSION,
    goal,
    params,
    actions,
    assumptions,
    associations,
    gains: digests,
    assumed: assumed ?? undefined,
    splits: splitsOf(shape),
  });
}

function splitsOf(shape: Shape): unknown {
  if (shape.kind === 'tip') return shape.likelihood ?? null;
  return [shape.variable, shape.p, splitsOf(shape.yes), splitsOf(shape.no)];
}

function scoredPath({ id, path, L, gains, action }: Leaf, { model, costs }: Study): ScoredPath {
  const G = gains[action] ?? 0;
  const C = costs[action] ?? 0;
  return {
    leafId: id,
    path: pathOf(path, model),
    actionId: model.actions[action]?.id ?? '',
    L,
    G,
    C,
    U: utilityOf(L, G, C, model.params.lambda),
  };
}
