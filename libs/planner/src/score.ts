import type { PlannerMode, RankedAction } from '@assent/contract';
import { bestOf, rank, toRanking, type Contender } from './choose';
import type { Joint } from './joint/joint';
import type { Literal, Model } from './model';
import { EPSILON_LIKELIHOOD, EPSILON_U, RAW_SUM_TOLERANCE, sum } from './numbers';

/** One path of the tree with all inputs of the evaluator. */
export interface Leaf {
  readonly id: string;
  readonly path: readonly Literal[];
  /** The distribution under the path. */
  readonly joint: Joint;
  readonly L: number;
  /** Gain of each action there; 0 for an action whose gain is known only at its own leaves. */
  readonly gains: readonly number[];
  /** Position of the action taken there. */
  readonly action: number;
}

/** Inputs of scoring other than the leaves. */
export interface Stakes {
  readonly model: Model;
  /** C of each action. */
  readonly costs: readonly number[];
  /** EVSI of each ask, 0 for other actions. An ask is evaluated once, before any split, not per leaf. */
  readonly answers: readonly number[];
}

/** U of one leaf as in the paper: likelihood times gain, minus weighted cost. */
export function utilityOf(L: number, G: number, C: number, lambda: number): number {
  return L * G - lambda * C;
}

/** Path likelihoods rescaled to a sum of 1, and their original sum. A sum within 1e-9 of 1 leaves them unchanged. */
export function normaliseLikelihoods(likelihoods: readonly number[]): {
  likelihoods: number[];
  rawSum: number;
  rawSumOff: boolean;
} {
  const rawSum = sum(likelihoods);
  const exact = Math.abs(rawSum - 1) <= EPSILON_LIKELIHOOD;
  return {
    likelihoods: exact ? [...likelihoods] : likelihoods.map((likelihood) => likelihood / rawSum),
    rawSum,
    rawSumOff: Math.abs(rawSum - 1) > RAW_SUM_TOLERANCE,
  };
}

/** The action of a leaf: argmax of G - lambda * C over the immediately available actions; over all if all are asks. */
export function leafAction(gains: readonly number[], { model, costs }: Pick<Stakes, 'model' | 'costs'>): number {
  const { actions, params } = model;
  const acts = actions.some(({ kind }) => kind !== 'ask');
  const eligible = (index: number) => !acts || actions[index]?.kind !== 'ask';
  const utility = (index: number) => (gains[index] ?? 0) - params.lambda * (costs[index] ?? 0);
  let top = -Infinity;
  for (let index = 0; index < actions.length; index += 1) {
    if (eligible(index)) top = Math.max(top, utility(index));
  }
  const tied: number[] = [];
  for (let index = 0; index < actions.length; index += 1) {
    if (eligible(index) && utility(index) >= top - EPSILON_U) tied.push(index);
  }
  const [only = 0] = tied;
  if (tied.length <= 1) return only;
  const best = bestOf(tied.map((index) => contender(index, utility(index), costs[index] ?? 0, 1, model)));
  return actions.findIndex(({ id }) => id === best?.actionId);
}

/** One ranking of a set of leaves, best first. Linear in leaves times actions. */
export function rankBy(mode: PlannerMode, leaves: readonly Leaf[], stakes: Stakes): RankedAction[] {
  return toRanking(rank({ paper, aggregate, expected }[mode](leaves, stakes)));
}

/** The first of `rankBy`, without ranking the rest. */
export function bestBy(mode: PlannerMode, leaves: readonly Leaf[], stakes: Stakes): Contender | undefined {
  return bestOf({ paper, aggregate, expected }[mode](leaves, stakes));
}

/** `paper`: U(leaf) = L * G - lambda * C; each action is scored by its best leaf. */
function paper(leaves: readonly Leaf[], { model, costs }: Stakes): Contender[] {
  const best = new Map<number, Contender>();
  for (const { id, L, gains, action } of leaves) {
    const C = costs[action] ?? 0;
    const found = contender(action, utilityOf(L, gains[action] ?? 0, C, model.params.lambda), C, L, model);
    const known = best.get(action);
    if (!known || found.U > known.U) best.set(action, { ...found, leafId: id });
  }
  return [...best.values()];
}

/** `aggregate`: the leaves of an action together: sum of L * G, minus lambda * C once. Asks are scored by their EVSI. */
function aggregate(leaves: readonly Leaf[], stakes: Stakes): Contender[] {
  const { model, costs } = stakes;
  const sums = new Map<number, { LG: number; L: number }>();
  for (const { L, gains, action } of leaves) {
    const total = sums.get(action) ?? { LG: 0, L: 0 };
    sums.set(action, { LG: total.LG + L * (gains[action] ?? 0), L: total.L + L });
  }
  const reached = [...sums].map(([action, { LG, L }]) =>
    contender(action, LG - model.params.lambda * (costs[action] ?? 0), costs[action] ?? 0, L, model),
  );
  return [
    ...reached,
    ...asks(stakes, reached).filter(({ actionId }) => !reached.some((other) => other.actionId === actionId)),
  ];
}

/** `expected`: over all available actions: sum over leaves of L * G(a, leaf), minus lambda * C. */
function expected(leaves: readonly Leaf[], stakes: Stakes): Contender[] {
  const { model, costs } = stakes;
  const acts = model.actions.flatMap((action, index): Contender[] => {
    if (action.kind === 'ask') return [];
    let LG = 0;
    let mass = 0;
    for (const { L, gains, action: taken } of leaves) {
      LG += L * (gains[index] ?? 0);
      if (taken === index) mass += L;
    }
    const C = costs[index] ?? 0;
    return [contender(index, LG - model.params.lambda * C, C, mass, model)];
  });
  return [...acts, ...asks(stakes, acts)];
}

/** The agent acts after asking: `net` includes that act, `evsi` only the value that the answer adds to it. */
function asks({ model, costs, answers }: Stakes, acts: readonly Contender[]): Contender[] {
  const acting = model.params.asking === 'net' ? Math.max(...acts.map(({ U }) => U), -Infinity) : 0;
  const base = Number.isFinite(acting) ? acting : 0;
  return model.actions.flatMap((action, index): Contender[] => {
    if (action.kind !== 'ask') return [];
    const C = costs[index] ?? 0;
    const evsi = answers[index] ?? 0;
    const asked = contender(index, base + evsi - model.params.lambda * C, C, 0, model);
    return [{ ...asked, idle: evsi <= EPSILON_U }];
  });
}

function contender(index: number, U: number, C: number, L: number, { actions }: Model): Contender {
  const action = actions[index];
  if (!action) throw new RangeError(`no action ${index}`);
  return { actionId: action.id, U, C, L, irreversible: action.irreversible, ask: action.kind === 'ask', idle: false };
}
