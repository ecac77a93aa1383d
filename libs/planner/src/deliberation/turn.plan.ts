import { isDeepStrictEqual } from 'node:util';
import type { Action, PlanStep } from '@assent/contract';
import { labelOf, type KnownAction } from '../params';
import type { PastTurn } from './model.turn';
import type { PastStep, StepRequest } from './step-request';

/** The change of a turn to the plan of its run. */
export interface PlanChange {
  readonly step: number;
  /** The chosen action. */
  readonly chosen: Action;
  /** Calls that the model plans after it, in order. */
  readonly planned: readonly KnownAction[];
  /** Id for the call of the chosen action. */
  readonly callId: string;
}

/** The plan after the last turns. The current step is done if it was made, otherwise dropped. */
export function planSoFar(turns: readonly PastTurn[], history: readonly PastStep[]): readonly PlanStep[] {
  const last = turns.findLast(({ plan }) => plan !== undefined);
  if (!last?.plan) return [];
  const outcome = history.find(({ step }) => step === last.step)?.outcome ?? '';
  const state = /"kind":"(applied|unchanged)"/u.test(outcome) ? 'done' : 'dropped';
  return last.plan.map((each) => (each.state === 'current' ? { ...each, state } : each));
}

/**
 * The plan with this turn. Several changes in one turn replace the plan. A change that was planned or dropped becomes the
 * current step; any other change leaves the rest planned. The end of the run drops the steps that were not made.
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

/** The plan if a turn has changed it; null: the plan of the last change still holds. */
export function changedPlan(
  { turns = [], history, step }: Pick<StepRequest, 'turns' | 'history' | 'step'>,
  change: Omit<PlanChange, 'step'>,
): readonly PlanStep[] | null {
  const stored = turns.findLast(({ plan }) => plan !== undefined)?.plan ?? [];
  const plan = planAfter(planSoFar(turns, history), { ...change, step });
  return isDeepStrictEqual(plan, stored) ? null : plan;
}

/** Planned steps that have not been made, one line each; empty when all have been made. */
export function plannedLines(plan: readonly PlanStep[]): string {
  return plan.flatMap(({ state, summary }) => (state === 'planned' ? [`- ${summary}`] : [])).join('\n');
}

/** Distinct positions of the calls in the plan; -1: not in the plan. Arguments may have changed since they were planned. */
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
