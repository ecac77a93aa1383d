import { isDeepStrictEqual } from 'node:util';
import type { Action, PlanStep } from '@assent/contract';
import { labelOf, type KnownAction } from '../params';
import type { PastTurn } from './model.turn';
import type { PastStep, StepRequest } from './step-request';

/** What a turn does to the plan of its run. */
export interface PlanChange {
  readonly step: number;
  /** The action that was chosen. */
  readonly chosen: Action;
  /** Calls that the model means to make after it, in order. */
  readonly planned: readonly KnownAction[];
  /** Id of the call that the chosen action will be. */
  readonly callId: string;
}

/** The plan as it stands after the last turns: the current step is done if it was made, else dropped. */
export function planSoFar(turns: readonly PastTurn[], history: readonly PastStep[]): readonly PlanStep[] {
  const last = turns.findLast(({ plan }) => plan !== undefined);
  if (!last?.plan) return [];
  const outcome = history.find(({ step }) => step === last.step)?.outcome ?? '';
  const state = /"kind":"(applied|unchanged)"/u.test(outcome) ? 'done' : 'dropped';
  return last.plan.map((each) => (each.state === 'current' ? { ...each, state } : each));
}

/**
 * The plan with this turn. Several changes in one turn are the plan from now on; one that was planned, or dropped, is its
 * current step; another one leaves the rest planned. The end of the run drops what was not made.
 */
export function planAfter(
  plan: readonly PlanStep[],
  { step, chosen, planned, callId }: PlanChange,
): readonly PlanStep[] {
  if (chosen.kind === 'finish')
    return plan.map((each) => (each.state === 'planned' ? { ...each, state: 'dropped' } : each));
  if (chosen.kind !== 'tool') return plan;
  const calls = [chosen, ...planned];
  const places = placesOf(plan, calls);
  if (planned.length === 0) {
    return plan.map((each, index) => (index === places[0] ? { ...each, state: 'current', callId } : each));
  }
  const isOpen = plan.some(({ state }) => state === 'planned');
  const kept = isOpen ? plan.filter((_, index) => !places.includes(index)) : [];
  return [
    ...kept.map((each) => (each.state === 'planned' ? { ...each, state: 'dropped' as const } : each)),
    ...calls.map((call, index): PlanStep => {
      const { tool, summary } = namesOf(call);
      const id = plan[places[index] ?? -1]?.id ?? `${step}.${index + 1}`;
      return index === 0
        ? { id, tool, summary, state: 'current', callId }
        : { id, tool, summary, state: 'planned', callId: null };
    }),
  ];
}

/** The plan where a turn has changed it; null: it stands as it did after the last turn that changed it. */
export function changedPlan(
  { turns = [], history, step }: Pick<StepRequest, 'turns' | 'history' | 'step'>,
  change: Omit<PlanChange, 'step'>,
): readonly PlanStep[] | null {
  const stored = turns.findLast(({ plan }) => plan !== undefined)?.plan ?? [];
  const plan = planAfter(planSoFar(turns, history), { ...change, step });
  return isDeepStrictEqual(plan, stored) ? null : plan;
}

/** Steps that were not made yet, a line each; empty without any. */
export function plannedLines(plan: readonly PlanStep[]): string {
  return plan.flatMap(({ state, summary }) => (state === 'planned' ? [`- ${summary}`] : [])).join('\n');
}

/** Where each call stands in the plan, no two at one place; -1: nowhere. Arguments may have changed since they were planned. */
function placesOf(plan: readonly PlanStep[], calls: readonly KnownAction[]): number[] {
  const taken = new Set<number>();
  return calls.map((call) => {
    const names = namesOf(call);
    const place = plan.findIndex(
      ({ tool, summary, state }, index) =>
        !taken.has(index) &&
        (state === 'planned' || state === 'dropped') &&
        tool === names.tool &&
        summary === names.summary,
    );
    taken.add(place);
    return place;
  });
}

function namesOf(call: KnownAction): Pick<PlanStep, 'tool' | 'summary'> {
  return { tool: call.tool ?? '', summary: labelOf(call) };
}
