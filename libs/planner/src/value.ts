import { type Model, type Truth, UNKNOWN, assume, probabilityOf, retract } from './model';
import type { Outlook } from './outlook';

/** Worlds that are gone through one by one at most: 12 independent assumptions. */
const MAX_WORLDS = 4_096;

/** Everything that the value of an answer is computed from. */
export interface Prospect {
  readonly model: Model;
  readonly outlook: Outlook;
  /** lambda * C of each action. */
  readonly charges: readonly number[];
  /** Actions that can be done now: all but the asks. */
  readonly acts: readonly number[];
  /** Variables that some gain depends on. */
  readonly support: readonly number[];
}

/**
 * Expected value of sample information: sum over answers o of P(o) * max_a EU(a | o), minus max_a EU(a), with EU = expected
 * G - lambda * C over the actions that can be done now (R. A. Howard, "Information Value Theory", IEEE Transactions on
 * Systems Science and Cybernetics 2(1), 1966). The answer tells the truth of all `variables` together. Never below 0.
 * Null: more than 4,096 worlds would have to be gone through.
 */
export function valueOfKnowing(variables: readonly number[], prospect: Prospect): number | null {
  const { model, acts } = prospect;
  const asked = variables.filter((variable) => model.facts[variable] === UNKNOWN);
  if (asked.length === 0 || acts.length === 0) return 0;
  const outcomes = new Map<string, number[]>();
  const budget = { worlds: MAX_WORLDS };
  const complete = eachWorld(closure(asked, model), model.facts.slice(), 1, prospect, budget, (truth, weight) => {
    const outcome = asked.map((variable) => truth[variable]).join();
    const sums = outcomes.get(outcome) ?? acts.map(() => 0);
    acts.forEach((action, index) => {
      sums[index] = (sums[index] ?? 0) + weight * utility(action, truth, prospect);
    });
    outcomes.set(outcome, sums);
  });
  if (!complete) return null;
  const knowing = [...outcomes.values()].reduce((total, sums) => total + Math.max(...sums), 0);
  const totals = acts.map((_, index) => [...outcomes.values()].reduce((total, sums) => total + (sums[index] ?? 0), 0));
  return Math.max(0, knowing - Math.max(...totals));
}

/** Expected value of perfect information: what knowing everything that matters is worth. The bound of every EVSI. */
export function valueOfKnowingAll(prospect: Prospect): number | null {
  return valueOfKnowing(prospect.support, prospect);
}

/** EU(a | truth) = E[G(a) | truth] - lambda * C(a). */
export function utility(action: number, truth: Truth, { outlook, charges }: Prospect): number {
  return outlook.gain(action, truth) - (charges[action] ?? 0);
}

/** The variables with all that their probabilities need, in dependency order. */
function closure(variables: readonly number[], model: Model): number[] {
  const closed = new Set<number>();
  const stack = [...variables];
  for (let variable = stack.pop(); variable !== undefined; variable = stack.pop()) {
    if (closed.has(variable) || model.facts[variable] !== UNKNOWN) continue;
    closed.add(variable);
    stack.push(...(model.variables[variable]?.needs ?? []));
  }
  return [...closed].sort((a, b) => a - b);
}

/** Visits every possible truth of the variables with its probability; false when the budget ran out. */
function eachWorld(
  variables: readonly number[],
  truth: Truth,
  weight: number,
  prospect: Prospect,
  budget: { worlds: number },
  visit: (truth: Truth, weight: number) => void,
): boolean {
  const { model, outlook } = prospect;
  const next = variables.findIndex((variable) => truth[variable] === UNKNOWN);
  const variable = variables[next];
  const known = variable === undefined ? undefined : model.variables[variable];
  if (variable === undefined || !known) {
    budget.worlds -= 1;
    if (budget.worlds >= 0) visit(truth, weight);
    return budget.worlds >= 0;
  }
  const p = outlook.shifted(variable, probabilityOf(known, truth));
  const rest = variables.slice(next + 1);
  for (const value of [true, false]) {
    const changed = assume(model.variables, truth, { variable, value });
    const complete = eachWorld(rest, truth, weight * (value ? p : 1 - p), prospect, budget, visit);
    retract(truth, changed);
    if (!complete) return false;
  }
  return true;
}
