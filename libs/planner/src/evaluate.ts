import type { Joint } from './joint/joint';
import type { Literal } from './model';
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
    leafAt(`l${index}`, path, likelihoods[index] ?? 0, joint, studied),
  );
  return { leaves, stakes: { model, costs, answers: answersOf(prospect, model.joint) }, rawSum, rawSumOff };
}

/**
 * The same leaves with another probability of one assumption, by Jeffrey's rule. If a path settles the assumption, only the
 * likelihood of the path changes.
 */
export function evaluateMoved(base: Evaluation, studied: Study, variable: number, p: number): Evaluation {
  const { model, costs, prospect } = studied;
  const before = model.joint.probability(variable);
  const joint = model.joint.moved([{ variable, p }]) ?? model.joint;
  const moved = base.leaves.map((leaf) => {
    const settled = leaf.path.find((literal) => literal.variable === variable);
    if (settled) return { ...leaf, L: leaf.L * (settled.value ? p / before : (1 - p) / (1 - before)) };
    const L = (leaf.L * joint.probabilityOf(leaf.path)) / model.joint.probabilityOf(leaf.path);
    return leafAt(leaf.id, leaf.path, L, joint.observed(leaf.path), studied);
  });
  const { likelihoods, rawSum, rawSumOff } = normaliseLikelihoods(moved.map(({ L }) => L));
  const leaves = moved.map((leaf, index) => ({ ...leaf, L: likelihoods[index] ?? 0 }));
  return { leaves, stakes: { model, costs, answers: answersOf(prospect, joint) }, rawSum, rawSumOff };
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
    walk(next, joint.observed([{ variable, value }]), [...path, { variable, value }], L * (value ? p : 1 - p));
  return [...side(true, yes), ...side(false, no)];
}

function leafAt(
  id: string,
  path: readonly Literal[],
  L: number,
  joint: Joint,
  { model, costs, prospect }: Study,
): Leaf {
  const known = model.actions.map((_, action) => prospect.gain(action, joint));
  const action = leafAction(known, { model, costs });
  // Without a gain table, the gain of an action is known only at its own leaves.
  const gains = model.gains ? known : known.map((gain, other) => (other === action ? gain : 0));
  return { id, path, L, gains, action };
}

/** EVSI of every ask, bounded by EVPI, so that rounding cannot make an answer worth more than perfect information. */
function answersOf(prospect: Prospect, joint: Joint): number[] {
  const { resolves } = prospect.model;
  if (resolves.every((variables) => variables.length === 0)) return resolves.map(() => 0);
  const limit = valueOfKnowingAll(prospect, joint) ?? Infinity;
  return resolves.map((variables) => Math.min(limit, valueOfKnowing(variables, prospect, joint) ?? 0));
}
