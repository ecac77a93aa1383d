import type { ActionInput, AssumptionInput, Association, GainRow, PlannerParams } from '@assent/contract';

export type Truth = Readonly<Record<string, boolean>>;

/** One way the world may be. */
export interface State {
  readonly truth: Truth;
  /** Its real probability: what outcomes are weighed with. */
  readonly weight: number;
  /** The probability given to the planner, the same unless beliefs are noisy. */
  readonly believed: number;
}

/** A problem with a truth that the harness knows and the planner does not. */
export interface World {
  readonly actions: readonly ActionInput[];
  readonly gains: readonly GainRow[];
  /** The assumptions that each `ask` resolves. */
  readonly associations: readonly Association[];
  /** The initial beliefs, as a caller states them. */
  readonly assumptions: readonly AssumptionInput[];
  /** Scales are fixed, as when a run plans again: the cost of an action does not depend on the remaining actions. */
  readonly params: PlannerParams & { readonly lambda: number };
  readonly states: readonly State[];
  /** Maximum number of acts. With more than one, an act without gain is ruled out and another one follows. */
  readonly tries: number;
}

export interface WorldOptions {
  /** Standard deviation of the noise on the log-odds of every belief; 0: the planner gets the true probabilities. */
  readonly noise: number;
  readonly lambda: number;
  /** C of every question; drawn for each world if absent. */
  readonly questionCost?: number;
}

/** Costs are given in hundredths of C: efforts and messages on this scale, with alpha = beta = 1. */
export const COST_SCALE = 100;

/** lambda * C of an action. */
export function chargeOf(world: World, actionId: string): number {
  const action = world.actions.find(({ id }) => id === actionId);
  if (!action) throw new RangeError(`no action ${actionId} in this world`);
  return (world.params.lambda * (action.effort ?? action.messageLength ?? 0)) / COST_SCALE;
}

/** Gain of an act where the truth is known: the most specific row that holds, else 0. */
export function gainIn(world: World, actionId: string, truth: Truth): number {
  let best: GainRow | undefined;
  for (const row of world.gains) {
    if (row.actionId !== actionId || !agrees(row.when, truth)) continue;
    if (!best || Object.keys(row.when).length > Object.keys(best.when).length) best = row;
  }
  return best?.gain ?? 0;
}

export function agrees(part: Truth, truth: Truth): boolean {
  return Object.entries(part).every(([id, value]) => truth[id] === value);
}

/** What the answer to an ask says, where the truth is known. */
export function answerTo(world: World, askId: string, truth: Truth): Truth {
  const settled = world.associations.filter(({ actionId }) => actionId === askId);
  return Object.fromEntries(settled.map(({ assumptionId }) => [assumptionId, truth[assumptionId] === true]));
}

export function isAsk({ kind }: Pick<ActionInput, 'kind'>): boolean {
  return kind === 'ask';
}

export function tool(id: string, cost: number): ActionInput {
  return { id, kind: 'tool', tool: 'file.write', effort: cost * COST_SCALE };
}

export function ask(id: string, cost: number): ActionInput {
  return { id, kind: 'ask', question: `What is true of ${id}?`, messageLength: cost * COST_SCALE };
}

/** An answer settles the assumption whichever way it turns out; the value of the association says nothing there. */
export function settles(askId: string, assumptionIds: readonly string[]): Association[] {
  return assumptionIds.map((assumptionId) => ({ assumptionId, value: true, actionId: askId }));
}
