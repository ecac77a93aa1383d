import { diagramsOf, supportOf, type Diagram } from './diagram';
import { assume, type Literal, type Model, type Truth } from './model';
import { EPSILON_U } from './numbers';
import { actsOf, createOutlook, type Outlook, type Shift } from './outlook';
import { costOf } from './params';
import { leafAction, normaliseLikelihoods, type Leaf, type Stakes } from './score';
import type { Shape } from './tree';
import { valueOfKnowing, valueOfKnowingAll, type Prospect } from './value';

/** A model with everything that is worked out of it once. */
export interface Study {
  readonly model: Model;
  readonly diagrams: readonly Diagram[];
  readonly costs: readonly number[];
  readonly prospect: Prospect;
}

export interface Evaluation {
  readonly leaves: readonly Leaf[];
  readonly stakes: Stakes;
  readonly rawSum: number;
  readonly rawSumOff: boolean;
}

export function study(model: Model): Study {
  const diagrams = diagramsOf(model);
  const costs = model.actions.map((action) => costOf(action, model.params));
  const support = [...diagrams.reduce((all, diagram) => supportOf(diagram, all), new Set<number>())].sort(
    (a, b) => a - b,
  );
  const charges = costs.map((cost) => model.params.lambda * cost);
  const prospect = { model, outlook: createOutlook(diagrams), charges, acts: actsOf(model), support };
  return { model, diagrams, costs, prospect };
}

/** A probability that is moved, and the evaluation without that, from which the rest is taken. */
export interface Variation {
  readonly shift: Shift;
  readonly base: Evaluation;
}

/** Likelihood, gains and action of every leaf, and the worth of every ask; varied, as they would be then. */
export function evaluate(shape: Shape, studied: Study, variation?: Variation): Evaluation {
  const { model, diagrams, costs, prospect } = studied;
  const outlook = variation ? createOutlook(diagrams, variation.shift) : prospect.outlook;
  const tips = walk(shape, outlook);
  const { likelihoods, rawSum, rawSumOff } = normaliseLikelihoods(tips.map(({ L }) => L));
  const leaves = tips.map(({ path }, index): Leaf => {
    const L = likelihoods[index] ?? 0;
    const before = variation?.base.leaves[index];
    // Where the path settles the assumption that is moved, nothing but the likelihood of the path changes.
    if (before && path.some(({ variable }) => variable === variation.shift.variable)) return { ...before, L };
    const known = gainsAt(path, model, outlook);
    const action = leafAction(known, { model, costs });
    // Without a gain table what an action is worth is known at its own leaves only.
    const gains = model.gains ? known : known.map((gain, other) => (other === action ? gain : 0));
    return { id: `l${index}`, path, L, gains, action };
  });
  const answers = answersOf({ ...prospect, outlook });
  return { leaves, stakes: { model, costs, answers }, rawSum, rawSumOff };
}

/** The leaf that speaks most for an action: the likeliest that takes it, else the one that adds most to its gain. */
export function leadingLeaf(leaves: readonly Leaf[], action: number): Leaf | undefined {
  const taking = leaves.filter((leaf) => leaf.action === action);
  const weight = ({ L, gains, action: taken }: Leaf) => (taken === action ? L : L * (gains[action] ?? 0));
  const candidates = taking.length > 0 ? taking : leaves.filter((leaf) => weight(leaf) > 0);
  return candidates.reduce<Leaf | undefined>(
    (best, leaf) => (best && weight(best) >= weight(leaf) - EPSILON_U ? best : leaf),
    undefined,
  );
}

/** Leaves in pre-order. A given likelihood is kept, and moves as its edges move. */
function walk(
  shape: Shape,
  outlook: Outlook,
  path: readonly Literal[] = [],
  L = 1,
  moved = 1,
): { readonly path: readonly Literal[]; readonly L: number }[] {
  if (shape.kind === 'tip') return [{ path, L: shape.likelihood === undefined ? L : shape.likelihood * moved }];
  const { variable, yes, no } = shape;
  const p = outlook.shifted(variable, shape.p);
  const side = (value: boolean, next: Shape) => {
    const [edge, before] = value ? [p, shape.p] : [1 - p, 1 - shape.p];
    return walk(
      next,
      outlook,
      [...path, { variable, value }],
      L * edge,
      edge === before ? moved : (moved * edge) / before,
    );
  };
  return [...side(true, yes), ...side(false, no)];
}

function gainsAt(path: readonly Literal[], model: Model, outlook: Outlook): number[] {
  const truth: Truth = model.facts.slice();
  for (const literal of path) assume(model.variables, truth, literal);
  return model.actions.map((_, action) => outlook.gain(action, truth));
}

/** EVSI of every ask, bounded by EVPI: rounding must not make an answer worth more than knowing everything. */
function answersOf(prospect: Prospect): number[] {
  const { settles } = prospect.model;
  if (settles.every((variables) => variables.length === 0)) return settles.map(() => 0);
  const most = valueOfKnowingAll(prospect) ?? Infinity;
  return settles.map((variables) => Math.min(most, valueOfKnowing(variables, prospect) ?? 0));
}
