import type { Joint } from './joint/joint';
import type { Gains } from './joint/expectations';
import { isOpen, type Literal, type Model } from './model';

/** Maximum outcomes enumerated one by one: 12 independent assumptions. */
const MAX_OUTCOMES = 4_096;

/** The inputs for computing the value of an answer. */
export interface Prospect {
  readonly model: Model;
  /** G by position of the action. */
  readonly gains: Gains;
  /** lambda * C of each action. */
  readonly charges: readonly number[];
  /** Immediately available actions: all except asks. */
  readonly acts: readonly number[];
  /** Variables that the gain of an act depends on. */
  readonly support: readonly number[];
}

/** Number of outcomes that may still be enumerated. */
export interface OutcomeBudget {
  outcomes: number;
}

/**
 * Expected value of sample information: sum over answers o of P(o) * max_a EU(a | o), minus max_a EU(a), with EU = expected
 * G - lambda * C over the immediately available actions (R. A. Howard, "Information Value Theory", IEEE Transactions on
 * Systems Science and Cybernetics 2(1), 1966). The answer reveals the truth of all `variables`. Never below 0.
 * Null when the budget does not allow all outcomes.
 */
export function valueOfKnowing(
  variables: readonly number[],
  prospect: Prospect,
  joint: Joint = prospect.model.joint,
  budget: OutcomeBudget = { outcomes: MAX_OUTCOMES },
): number | null {
  const { acts, charges } = prospect;
  const open = variables.filter((variable) => isOpen(joint, variable));
  if (acts.length === 0 || open.length === 0) return 0;
  if (fewestOutcomes(open, joint) > budget.outcomes) return null;
  const totals = acts.map(() => 0);
  let knowing = 0;
  const isComplete = eachOutcome(open, 0, { joint, weight: 1 }, prospect, budget, (gains, weight) => {
    let best = -Infinity;
    acts.forEach((action, index) => {
      const worth = (gains[action] ?? 0) - (charges[action] ?? 0);
      totals[index] = (totals[index] ?? 0) + weight * worth;
      best = Math.max(best, worth);
    });
    knowing += weight * best;
  });
  return isComplete ? Math.max(0, knowing - Math.max(...totals)) : null;
}

/**
 * Expected value of perfect information about everything that matters, by going through the worlds. An upper bound of every
 * EVSI. Null when the budget does not allow all worlds.
 */
export function valueOfKnowingAll(
  prospect: Prospect,
  joint: Joint = prospect.model.joint,
  budget: OutcomeBudget = { outcomes: MAX_OUTCOMES },
): number | null {
  const { acts, gains, support } = prospect;
  if (acts.length === 0 || support.length === 0) return 0;
  const count = gains.worlds.count(joint);
  if (count > budget.outcomes) return valueOfKnowing(support, prospect, joint, budget);
  budget.outcomes -= count;
  const utilities = acts.map((act) => utility(act, joint, prospect));
  const best = acts[utilities.indexOf(Math.max(...utilities))] ?? -1;
  return gains.worlds.lead(joint, prospect, best);
}

/** EU(a | facts) = E[G(a)] - lambda * C(a). */
export function utility(action: number, joint: Joint, { gains, charges }: Prospect): number {
  return (gains.under(joint).values[action] ?? 0) - (charges[action] ?? 0);
}

/** U of the best act, from the expected gains of the actions. */
export function bestUtility(gains: ArrayLike<number>, { acts, charges }: Prospect): number {
  let best = -Infinity;
  for (const act of acts) best = Math.max(best, (gains[act] ?? 0) - (charges[act] ?? 0));
  return best;
}

/** U of every action once an open assumption is known. */
export function utilitiesKnowing(literal: Literal, joint: Joint, { gains, charges }: Prospect): number[] {
  return Array.from(gains.under(joint).knowing(literal), (gain, action) => gain - (charges[action] ?? 0));
}

/** A lower bound: even n exclusive assumptions have n outcomes. */
function fewestOutcomes(open: readonly number[], { network }: Joint): number {
  const sizes = new Map<number, number>();
  for (const variable of open) {
    const component = network.places[variable]?.component ?? 0;
    sizes.set(component, (sizes.get(component) ?? 0) + 1);
  }
  return [...sizes.values()].reduce((outcomes, size) => outcomes * Math.max(2, size), 1);
}

/** Visits every possible combination of truth values with its gains and probability; false when the budget ran out. */
function eachOutcome(
  variables: readonly number[],
  from: number,
  { joint, weight }: { readonly joint: Joint; readonly weight: number },
  prospect: Prospect,
  budget: OutcomeBudget,
  visit: (gains: ArrayLike<number>, weight: number) => void,
): boolean {
  const counted = (gains: ArrayLike<number>, share: number): boolean => {
    budget.outcomes -= 1;
    if (budget.outcomes >= 0) visit(gains, share);
    return budget.outcomes >= 0;
  };
  const isLeft = (variable: number) => isOpen(joint, variable);
  let next = from;
  while (next < variables.length && !isLeft(variables[next] ?? -1)) next += 1;
  const variable = variables[next];
  if (variable === undefined) return counted(prospect.gains.under(joint).values, weight);
  const p = joint.probability(variable);
  const isLast = !variables.slice(next + 1).some(isLeft);
  return [true, false].every((value) => {
    const share = weight * (value ? p : 1 - p);
    if (isLast) return counted(prospect.gains.under(joint).knowing({ variable, value }), share);
    const known = joint.observed([{ variable, value }]);
    return eachOutcome(variables, next + 1, { joint: known, weight: share }, prospect, budget, visit);
  });
}
