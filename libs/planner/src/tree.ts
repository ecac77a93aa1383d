import { supportOf, type Diagram } from './diagram';
import { assume, probabilityOf, retract, UNKNOWN, type Literal, type Truth, type Variable } from './model';
import { EPSILON_SPLIT, EPSILON_U } from './numbers';
import { compareText } from './order';
import { utility, type Prospect } from './value';

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
  /** Likelihood of the leaf in a tree that was given; else it is the product of the edges. */
  readonly likelihood?: number;
}

interface Candidate {
  readonly variable: number;
  readonly p: number;
  readonly score: number;
}

/** What does not change while a tree is built. */
interface Plot {
  readonly prospect: Prospect;
  /** For each variable, the acts whose gain may change when it becomes known. */
  readonly touched: readonly (readonly number[])[];
}

/**
 * Composes the tree: at each point the assumption that is worth most to know is split on, until the depth is reached,
 * nothing remains, or knowing more would not change the choice. An assumption is open to a split once everything that
 * its probability needs is on the path; what the path excludes is never split on.
 */
export function composeShape(prospect: Prospect, diagrams: readonly Diagram[]): Shape {
  const { model } = prospect;
  return grow(model.facts.slice(), model.params.depth, plotOf(prospect, diagrams));
}

/** A given tree with the split scores that it has under these parameters. */
export function rescoreShape(shape: Shape, prospect: Prospect, diagrams: readonly Diagram[]): Shape {
  return rescore(shape, prospect.model.facts.slice(), plotOf(prospect, diagrams));
}

function plotOf(prospect: Prospect, diagrams: readonly Diagram[]): Plot {
  const { model, acts } = prospect;
  const supports = diagrams.map((diagram) => supportOf(diagram));
  const touched = model.variables.map((variable, position) =>
    acts.filter((act) => [position, ...variable.excludes].some((changed) => supports[act]?.has(changed) === true)),
  );
  return { prospect, touched };
}

function grow(truth: Truth, depth: number, plot: Plot): Shape {
  const { model } = plot.prospect;
  const best = depth > 0 ? bestSplit(truth, plot) : undefined;
  if (!best) return { kind: 'tip' };
  const side = (value: boolean): Shape => {
    const changed = assume(model.variables, truth, { variable: best.variable, value });
    const shape = grow(truth, depth - 1, plot);
    retract(truth, changed);
    return shape;
  };
  return { kind: 'split', ...best, yes: side(true), no: side(false) };
}

function rescore(shape: Shape, truth: Truth, plot: Plot): Shape {
  const { model } = plot.prospect;
  const variable = shape.kind === 'split' ? model.variables[shape.variable] : undefined;
  if (shape.kind === 'tip' || !variable) return shape;
  const { score } = candidate(variable, shape.variable, truth, utilitiesAt(truth, plot.prospect), plot);
  const side = (value: boolean, next: Shape): Shape => {
    const changed = assume(model.variables, truth, { variable: shape.variable, value });
    const rescored = rescore(next, truth, plot);
    retract(truth, changed);
    return rescored;
  };
  return { ...shape, score, yes: side(true, shape.yes), no: side(false, shape.no) };
}

function utilitiesAt(truth: Truth, prospect: Prospect): ReadonlyMap<number, number> {
  return new Map(prospect.acts.map((act) => [act, utility(act, truth, prospect)]));
}

function bestSplit(truth: Truth, plot: Plot): Candidate | undefined {
  const { prospect } = plot;
  const { variables, params } = prospect.model;
  const utilities = utilitiesAt(truth, prospect);
  const candidates = variables.flatMap((variable, position) =>
    isOpen(variable, position, truth) ? [candidate(variable, position, truth, utilities, plot)] : [],
  );
  if (params.ranking === 'caller') return candidates.sort((a, b) => rank(variables, a) - rank(variables, b))[0];
  const best = candidates.sort((a, b) => b.score - a.score)[0];
  if (!best || best.score <= EPSILON_SPLIT) return undefined;
  return candidates.filter(({ score }) => score >= best.score - EPSILON_U).sort((a, b) => byDoubt(variables, a, b))[0];
}

function isOpen(variable: Variable, position: number, truth: Truth): boolean {
  return truth[position] === UNKNOWN && variable.needs.every((needed) => truth[needed] !== UNKNOWN);
}

/** splitScore(A) = sum over v of p(v) * max_a EU(a | path, A = v), minus max_a EU(a | path). */
function candidate(
  variable: Variable,
  position: number,
  truth: Truth,
  utilities: ReadonlyMap<number, number>,
  plot: Plot,
): Candidate {
  const { prospect, touched } = plot;
  const p = prospect.outlook.shifted(position, probabilityOf(variable, truth));
  const touchedActs = new Set(touched[position]);
  const bestKnowing = (literal: Literal) => {
    const changed = assume(prospect.model.variables, truth, literal);
    const best = Math.max(
      ...[...utilities].map(([act, known]) => (touchedActs.has(act) ? utility(act, truth, prospect) : known)),
    );
    retract(truth, changed);
    return best;
  };
  if (touchedActs.size === 0 || utilities.size === 0) return { variable: position, p, score: 0 };
  const knowing =
    p * bestKnowing({ variable: position, value: true }) + (1 - p) * bestKnowing({ variable: position, value: false });
  return { variable: position, p, score: Math.max(0, knowing - Math.max(...utilities.values())) };
}

function rank(variables: readonly Variable[], { variable }: Candidate): number {
  return variables[variable]?.rank ?? 0;
}

/** Higher entropy first, which is the probability nearer to one half; then the key. */
function byDoubt(variables: readonly Variable[], a: Candidate, b: Candidate): number {
  const certainty = Math.abs(a.p - 0.5) - Math.abs(b.p - 0.5);
  if (Math.abs(certainty) > EPSILON_U) return certainty;
  return compareText(variables[a.variable]?.key ?? '', variables[b.variable]?.key ?? '');
}
