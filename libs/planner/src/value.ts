import type { Joint } from './joint/joint';
import type { Worlds } from './joint/worlds';
import { isOpen, type Model } from './model';

/** Maximum outcomes enumerated one by one: 12 independent assumptions. */
const MAX_OUTCOMES = 4_096;

/** The inputs for computing the value of an answer. */
export interface Prospect {
  readonly model: Model;
  /** E[G(a) | facts of the joint distribution]. */
  readonly gain: (action: number, joint: Joint) => number;
  /** Worlds of the gains of `acts`, in their order. */
  readonly worlds: Worlds;
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
  const { acts } = prospect;
  const open = variables.filter((variable) => isOpen(joint, variable));
  if (acts.length === 0 || open.length === 0) return 0;
  if (fewestOutcomes(open, joint) > budget.outcomes) return null;
  const totals = acts.map(() => 0);
  let knowing = 0;
  const isComplete = eachOutcome(open, 0, joint, 1, budget, (known, weight) => {
    let best = -Infinity;
    acts.forEach((action, index) => {
      const worth = utility(action, known, prospect);
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
  const { acts, charges, support, worlds } = prospect;
  if (acts.length === 0 || support.length === 0) return 0;
  const count = worlds.count(joint);
  if (count > budget.outcomes) return valueOfKnowing(support, prospect, joint, budget);
  budget.outcomes -= count;
  const costs = acts.map((act) => charges[act] ?? 0);
  const totals = new Float64Array(acts.length);
  let knowing = 0;
  worlds.each(joint, (p, gains) => {
    let best = -Infinity;
    for (let act = 0; act < gains.length; act += 1) {
      const worth = (gains[act] ?? 0) - (costs[act] ?? 0);
      totals[act] = (totals[act] ?? 0) + p * worth;
      if (worth > best) best = worth;
    }
    knowing += p * best;
  });
  return Math.max(0, knowing - Math.max(...totals));
}

/** EU(a | facts) = E[G(a)] - lambda * C(a). */
export function utility(action: number, joint: Joint, { gain, charges }: Prospect): number {
  return gain(action, joint) - (charges[action] ?? 0);
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

/** Visits every possible combination of truth values with its probability; false when the budget ran out. */
function eachOutcome(
  variables: readonly number[],
  from: number,
  joint: Joint,
  weight: number,
  budget: OutcomeBudget,
  visit: (joint: Joint, weight: number) => void,
): boolean {
  let next = from;
  while (next < variables.length && !isOpen(joint, variables[next] ?? -1)) next += 1;
  const variable = variables[next];
  if (variable === undefined) {
    budget.outcomes -= 1;
    if (budget.outcomes >= 0) visit(joint, weight);
    return budget.outcomes >= 0;
  }
  const p = joint.probability(variable);
  return [true, false].every((value) =>
    eachOutcome(
      variables,
      next + 1,
      joint.observed([{ variable, value }]),
      weight * (value ? p : 1 - p),
      budget,
      visit,
    ),
  );
}
