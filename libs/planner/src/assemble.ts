import { PLANNER_MODES, type ScoredPath, type Tree, type TreeNode } from '@assent/contract';
import { marginOf } from './choose';
import { diagnose } from './diagnose';
import { evaluate, leadingLeaf, type Study } from './evaluate';
import { inputHashOf } from './hash';
import type { Literal, Model } from './model';
import { PLANNER_VERSION } from './numbers';
import { compareText } from './order';
import { rankBy, utilityOf, type Leaf } from './score';
import type { Shape } from './tree';

export interface Heading {
  readonly treeId: string;
  readonly goal: string;
}

/** The tree as it is stored and sent: ids in pre-order, scores, rankings, choice and diagnostics. */
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
  const { params, actions, assumptions, associations } = model;
  const tree = {
    id: heading.treeId,
    version: PLANNER_VERSION,
    inputHash: hashOf(shape, model, heading.goal),
    goal: heading.goal,
    params,
    actions: [...actions],
    assumptions: [...assumptions],
    associations: [...associations],
    gains: model.gains && [...model.gains.values()].flatMap(({ rows }) => rows),
    root: toNode(shape, scored, model),
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
    modesAgree: PLANNER_MODES.every((mode) => rankings[mode][0]?.actionId === best.actionId),
    diagnostics: diagnose(shape, evaluation, study, best),
  };
  return { tree, paths: [...scored].sort((a, b) => b.U - a.U || b.L - a.L || compareText(a.leafId, b.leafId)) };
}

/**
 * Hash of everything that the tree is made of. The splits are part of it, for a tree that was sent may have others than
 * its beliefs make; of a gain table the digest is, which says the same in a quarter of the bytes.
 */
function hashOf(shape: Shape, { params, actions, assumptions, associations, gains }: Model, goal: string): string {
  const digests = gains && [...gains].map(([actionId, { digest }]) => [actionId, digest] as const);
  return inputHashOf({
    version: PLANNER_VERSION,
    goal,
    params,
    actions,
    assumptions,
    associations,
    gains: digests,
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
    path: toPath(path, model),
    actionId: model.actions[action]?.id ?? '',
    L,
    G,
    C,
    U: utilityOf(L, G, C, model.params.lambda),
  };
}

function toPath(path: readonly Literal[], { variables }: Model): ScoredPath['path'] {
  return path.map(({ variable, value }) => ({ assumptionId: variables[variable]?.id ?? '', value }));
}

/** Nodes `n0`, `n1`, ... and leaves `l0`, `l1`, ... in pre-order; `scored` MUST be in that order. */
function toNode(shape: Shape, scored: readonly ScoredPath[], model: Model): TreeNode {
  const next = { node: 0, leaf: 0 };
  const build = (part: Shape): TreeNode => {
    if (part.kind === 'tip') {
      const leaf = scored[next.leaf++];
      if (!leaf) throw new RangeError('every tip has a scored path');
      const { leafId, ...score } = leaf;
      return { kind: 'leaf', id: leafId, ...score };
    }
    const id = `n${next.node++}`;
    const assumptionId = model.variables[part.variable]?.id ?? '';
    return {
      kind: 'internal',
      id,
      assumptionId,
      pTrue: part.p,
      splitScore: part.score,
      yes: build(part.yes),
      no: build(part.no),
    };
  };
  return build(shape);
}
