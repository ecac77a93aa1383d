import type { Joint } from './joint/joint';
import { isOpen, type Literal } from './model';
import { EPSILON_U } from './numbers';
import { leafAction, normaliseLikelihoods, type Leaf, type Stakes } from './score';
import type { Study } from './study';
import type { Shape } from './tree';
import { valueOfKnowing, valueOfKnowingAll, type Prospect } from './value';

export interface Evaluation {
  readonly leaves: readonly Leaf[];
  readonly stakes: Stakes;
  readonly rawSum: number;
  readonly rawSumOff: boolean;
}

/** Likelihood, gains and action of every leaf, and the value of every ask. */
export function evaluate(shape: Shape, studied: Study): Evaluation {
  const { model, costs, prospect } = studied;
  const tips = walk(shape, model.joint);
  const { likelihoods, rawSum, rawSumOff } = normaliseLikelihoods(tips.map(({ L }) => L));
  const leaves = tips.map(({ path, joint }, index) =>
    withGains(
      { id: `l${index}`, path, joint, L: likelihoods[index] ?? 0 },
      prospect.gains.under(joint).values,
      studied,
    ),
  );
  const answers = answersOf(prospect, model.joint, valueOfKnowingAll);
  return { leaves, stakes: { model, costs, answers }, rawSum, rawSumOff };
}

/**
 * The same leaves with another probability of one assumption, by Jeffrey's rule. If a path determines the assumption,
 * only the likelihood of the path changes.
 */
export function evaluateMoved(base: Evaluation, studied: Study, variable: number, p: number): Evaluation {
  const { model, costs, prospect } = studied;
  const before = model.joint.probability(variable);
  const [yes, no] = [p / before, (1 - p) / (1 - before)];
  const moved = base.leaves.map((leaf) => {
    const here = leaf.joint.probability(variable);
    const ratio = here * yes + (1 - here) * no;
    const L = leaf.L * ratio;
    if (!isOpen(leaf.joint, variable)) return { ...leaf, L };
    const [holding, failing] = [true, false].map((value) =>
      prospect.gains.under(leaf.joint).knowing({ variable, value }),
    );
    const share = (here * yes) / ratio;
    const gains = model.actions.map(
      (_, action) => share * (holding?.[action] ?? 0) + (1 - share) * (failing?.[action] ?? 0),
    );
    return withGains({ ...leaf, L }, gains, studied);
  });
  const { likelihoods, rawSum, rawSumOff } = normaliseLikelihoods(moved.map(({ L }) => L));
  const leaves = moved.map((leaf, index) => ({ ...leaf, L: likelihoods[index] ?? 0 }));
  const asks = model.resolves.some((variables) => variables.length > 0);
  const answers = asks ? answersOf(prospect, model.joint.moved([{ variable, p }]) ?? model.joint) : base.stakes.answers;
  return { leaves, stakes: { model, costs, answers }, rawSum, rawSumOff };
}

/** The leaf that favours an action most: the likeliest leaf with that action, else the largest contribution to its gain. */
export function leadingLeaf(leaves: readonly Leaf[], action: number): Leaf | undefined {
  const taking = leaves.filter((leaf) => leaf.action === action);
  const weight = ({ L, gains, action: taken }: Leaf) => (taken === action ? L : L * (gains[action] ?? 0));
  const candidates = taking.length > 0 ? taking : leaves.filter((leaf) => weight(leaf) > 0);
  return candidates.reduce<Leaf | undefined>(
    (best, leaf) => (best && weight(best) >= weight(leaf) - EPSILON_U ? best : leaf),
    undefined,
  );
}

/** Leaves in pre-order, each with the values known there. Keeps a given likelihood. */
function walk(
  shape: Shape,
  joint: Joint,
  path: readonly Literal[] = [],
  L = 1,
): { readonly path: readonly Literal[]; readonly joint: Joint; readonly L: number }[] {
  if (shape.kind === 'tip') return [{ path, joint, L: shape.likelihood ?? L }];
  const { variable, p, yes, no } = shape;
  const side = (value: boolean, next: Shape) =>
    walk(next, joint.branch({ variable, value }), [...path, { variable, value }], L * (value ? p : 1 - p));
  return [...side(true, yes), ...side(false, no)];
}

function withGains(
  leaf: Pick<Leaf, 'id' | 'path' | 'joint' | 'L'>,
  known: ArrayLike<number>,
  { model, costs }: Study,
): Leaf {
  const all = Array.from(known);
  const action = leafAction(all, { model, costs });
  // Without a gain table, the gain of an action is known only at its own leaves.
  const gains = model.gains ? all : all.map((gain, other) => (other === action ? gain : 0));
  const { id, path, joint, L } = leaf;
  return { id, path, joint, L, gains, action };
}

/** EVSI of every ask. @param limit EVPI, so that rounding cannot make an answer worth more than perfect information */
function answersOf(prospect: Prospect, joint: Joint, limit?: typeof valueOfKnowingAll): number[] {
  const { resolves } = prospect.model;
  if (resolves.every((variables) => variables.length === 0)) return resolves.map(() => 0);
  const most = limit?.(prospect, joint) ?? Infinity;
  return resolves.map((variables) => Math.min(most, valueOfKnowing(variables, prospect, joint) ?? 0));
}
