import type { PlannerMode, RankedAction, Tree, TreeLeaf } from '@assent/contract';
import { leavesOf } from '@assent/planner/testing';
import type { Random } from '../support/random';
import type { Telling } from './session';
import { chargeOf, gainIn, isAsk, type State, type World } from './world';

/** Everything that a policy may use; `state` is for the oracle alone. */
export interface Situation {
  readonly world: World;
  readonly tree: Tree;
  readonly questions: number;
  readonly random: Random;
  readonly state: State;
}

export interface Policy {
  readonly name: string;
  readonly telling: Telling;
  /** Id of the action to take. */
  choose(situation: Situation): string;
}

const EPSILON = 1e-9;

/** The planner's own first choice. */
const firstOf =
  (mode: PlannerMode): Policy['choose'] =>
  ({ tree }) =>
    first(tree.rankings[mode], tree);

/** Asks iff some EVSI is above lambda * C of its question, the largest difference first; then acts by `expected`. */
const netValue: Policy['choose'] = ({ tree }) => {
  const [question] = rankedAsks(tree);
  return question && question.U > EPSILON ? question.actionId : bestAct(tree);
};

const neverAsk: Policy['choose'] = ({ tree }) => bestAct(tree);

/** One question first, the best one; then acts by `expected`. */
const alwaysAsk: Policy['choose'] = ({ tree, questions }) =>
  (questions === 0 ? rankedAsks(tree)[0]?.actionId : undefined) ?? bestAct(tree);

/** The action of the likeliest path. */
const likeliest: Policy['choose'] = ({ tree }) => leafWith(tree, ({ L }) => L);

const likelihoodPerCost: Policy['choose'] = ({ tree }) => leafWith(tree, ({ L, C }) => L / C);

const random: Policy['choose'] = ({ tree, random: draw }) => {
  const chosen = tree.actions[Math.floor(draw() * tree.actions.length)];
  if (!chosen) throw new RangeError('no action to draw from');
  return chosen.id;
};

/** Knows the truth, and so needs no question. */
const oracle: Policy['choose'] = ({ world, tree, state }) =>
  highest(
    tree.actions.filter((action) => !isAsk(action)).map(({ id }) => id),
    (id) => gainIn(world, id, state.truth) - chargeOf(world, id),
  );

export const LITERAL = 'expected, rule evsi';

export const POLICIES: readonly Policy[] = [
  { name: LITERAL, telling: 'stated', choose: firstOf('expected') },
  { name: 'aggregate, rule evsi', telling: 'stated', choose: firstOf('aggregate') },
  { name: 'paper, rule evsi', telling: 'stated', choose: firstOf('paper') },
  { name: 'expected, net value asking', telling: 'stated', choose: netValue },
  { name: 'expected, never ask', telling: 'stated', choose: neverAsk },
  { name: 'expected, always ask first', telling: 'stated', choose: alwaysAsk },
  { name: 'greedy likelihood', telling: 'stated', choose: likeliest },
  { name: 'likelihood/cost', telling: 'stated', choose: likelihoodPerCost },
  { name: 'random', telling: 'stated', choose: random },
  { name: 'oracle', telling: 'stated', choose: oracle },
  { name: 'expected, Bayes between steps', telling: 'conditioned', choose: firstOf('expected') },
  { name: 'net value asking, Bayes between steps', telling: 'conditioned', choose: netValue },
];

/** Means something only where places exclude each other. */
export const PLAIN: Policy = { name: 'expected, no conditional rows', telling: 'plain', choose: firstOf('expected') };

/** Policies by name, in the requested order. */
export function policiesNamed(...names: readonly string[]): Policy[] {
  return names.map((name) => {
    const policy = POLICIES.find((candidate) => candidate.name === name);
    if (!policy) throw new RangeError(`There is no policy "${name}".`);
    return policy;
  });
}

/** The questions of `expected`, whose U is EVSI - lambda * C, best first. */
export function rankedAsks({ rankings, actions }: Tree): RankedAction[] {
  return rankings.expected.filter(({ actionId }) => actions.some((action) => action.id === actionId && isAsk(action)));
}

function bestAct(tree: Tree): string {
  const asks = rankedAsks(tree);
  return first(
    tree.rankings.expected.filter((ranked) => !asks.includes(ranked)),
    tree,
  );
}

function first([best]: readonly RankedAction[], tree: Tree): string {
  if (!best) throw new RangeError(`nothing is ranked in ${tree.id}`);
  return best.actionId;
}

function leafWith(tree: Tree, weigh: (leaf: TreeLeaf) => number): string {
  return highest(leavesOf(tree.root), weigh).actionId;
}

function highest<T>(items: readonly T[], weigh: (item: T) => number): T {
  const [head, ...rest] = items;
  if (head === undefined) throw new RangeError('nothing to choose from');
  return rest.reduce((best, item) => (weigh(item) > weigh(best) + EPSILON ? item : best), head);
}
