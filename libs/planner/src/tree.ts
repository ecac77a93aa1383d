import type { Study } from './study';
import type { Joint } from './joint/joint';
import { isOpen, type Variable } from './model';
import { EPSILON_SPLIT, EPSILON_U } from './numbers';
import { compareText } from './order';
import { bestUtility, valueOfKnowing, valueOfKnowingAll, type OutcomeBudget } from './value';

/** The splits of a tree, without ids and scores. */
export type Shape = Split | Tip;

export interface Split {
  readonly kind: 'split';
  readonly variable: number;
  /** Probability of the assumption given the path. */
  readonly p: number;
  /** Value of knowing the assumption at this point. */
  readonly score: number;
  readonly yes: Shape;
  readonly no: Shape;
}

export interface Tip {
  readonly kind: 'tip';
  /** Given likelihood of the leaf; otherwise it is the product of the edges. */
  readonly likelihood?: number;
}

interface Candidate {
  readonly variable: number;
  readonly p: number;
  readonly score: number;
}

/** Maximum outcomes enumerated per tree, at most a quarter of a second. */
const MAX_OUTCOMES = 16_384;

/** State that is constant while a tree is built. */
interface Plot {
  readonly study: Study;
  readonly budget: OutcomeBudget;
}

/**
 * Builds the tree: at each point it splits on the assumption with the highest value of knowing, until the depth is
 * reached or more knowledge would not change the choice. A split marginalises over the unknown, so an assumption may be
 * split before those that it depends on. It never splits on an assumption that the path determines.
 * @param outcomes maximum outcomes enumerated to find a value that no single assumption shows
 */
export function composeShape(study: Study, outcomes = MAX_OUTCOMES): Shape {
  const { joint, params } = study.model;
  return grow(joint, params.depth, { study, budget: { outcomes } });
}

/** A given tree with its split scores under these parameters. */
export function rescoreShape(shape: Shape, study: Study, joint: Joint = study.model.joint): Shape {
  if (shape.kind === 'tip') return shape;
  const { variable, yes, no } = shape;
  const side = (value: boolean, next: Shape) => rescoreShape(next, study, joint.branch({ variable, value }));
  return { ...shape, score: scoreOf(variable, joint, study), yes: side(true, yes), no: side(false, no) };
}

function grow(joint: Joint, depth: number, plot: Plot): Shape {
  const best = depth > 0 ? bestSplit(joint, plot) : undefined;
  if (!best) return { kind: 'tip' };
  const { variable, p } = best;
  const side = (value: boolean) => grow(joint.branch({ variable, value }), depth - 1, plot);
  const score = scoreOf(variable, joint, plot.study);
  return { kind: 'split', variable, p, score, yes: side(true), no: side(false) };
}

/** U of the best act. */
function bestUtilityAt(joint: Joint, { prospect }: Study): number {
  return bestUtility(prospect.gains.under(joint).values, prospect);
}

function bestSplit(joint: Joint, { study, budget }: Plot): Candidate | undefined {
  const { variables, params } = study.model;
  const here = bestUtilityAt(joint, study);
  const candidates = variables.flatMap((_, variable) =>
    isOpen(joint, variable) ? [candidate(variable, joint, here, study)] : [],
  );
  if (params.ranking === 'caller') return candidates.sort((a, b) => rank(variables, a) - rank(variables, b))[0];
  const top = Math.max(...candidates.map(({ score }) => score), 0);
  const best =
    top > EPSILON_SPLIT
      ? candidates.filter(({ score }) => score >= top - EPSILON_U)
      : neededWithOthers(candidates, joint, study, budget);
  return best.sort((a, b) => byDoubt(variables, a, b))[0];
}

/**
 * For the case that no single assumption would change the choice, but several together would: the ones without which knowing
 * all the others has the lowest value. Empty when nothing would change the choice.
 */
function neededWithOthers(
  candidates: readonly Candidate[],
  joint: Joint,
  { prospect }: Study,
  budget: OutcomeBudget,
): Candidate[] {
  const all = valueOfKnowingAll(prospect, joint, budget);
  if (all === null || all <= EPSILON_SPLIT) return [];
  const needed = candidates
    .filter(({ variable }) => prospect.support.includes(variable))
    .map((each) => {
      const others = prospect.support.filter((variable) => variable !== each.variable);
      return { each, without: valueOfKnowing(others, prospect, joint, budget) ?? all };
    });
  const least = Math.min(...needed.map(({ without }) => without));
  return needed.filter(({ without }) => without <= least + EPSILON_U).map(({ each }) => each);
}

/**
 * splitScore(A) = sum over v of p(v) * max_a EU(a | path, A = v), minus max_a EU(a | path). From the sides of the split, which the
 * tree needs anyway; `candidate` compares all assumptions without their sides.
 */
function scoreOf(variable: number, joint: Joint, study: Study): number {
  if (!isReached(variable, study)) return 0;
  const p = joint.probability(variable);
  const [yes, no] = [true, false].map((value) => bestUtilityAt(joint.branch({ variable, value }), study));
  return Math.max(0, p * (yes ?? 0) + (1 - p) * (no ?? 0) - bestUtilityAt(joint, study));
}

/** Whether an assumption is connected to the gain of an act. */
function isReached(variable: number, { model, prospect }: Study): boolean {
  const { component = -1 } = model.joint.network.places[variable] ?? {};
  return prospect.acts.some((act) => prospect.gains.reach[act]?.has(component) === true);
}

/** @param here U of the best act without knowing the assumption */
function candidate(variable: number, joint: Joint, here: number, study: Study): Candidate {
  const { prospect } = study;
  const p = joint.probability(variable);
  if (!isReached(variable, study)) return { variable, p, score: 0 };
  const bestKnowing = (value: boolean) =>
    bestUtility(prospect.gains.under(joint).knowing({ variable, value }), prospect);
  const knowing = p * bestKnowing(true) + (1 - p) * bestKnowing(false);
  return { variable, p, score: Math.max(0, knowing - here) };
}

function rank(variables: readonly Variable[], { variable }: Candidate): number {
  return variables[variable]?.rank ?? 0;
}

/** Higher entropy first, i.e. the probability nearer to one half; then the key. */
function byDoubt(variables: readonly Variable[], a: Candidate, b: Candidate): number {
  const certainty = Math.abs(a.p - 0.5) - Math.abs(b.p - 0.5);
  if (Math.abs(certainty) > EPSILON_U) return certainty;
  return compareText(variables[a.variable]?.key ?? '', variables[b.variable]?.key ?? '');
}
