import type { RunError, RunResult } from '@assent/contract';
import type { RunPatch } from '@assent/runs';

/** What a phase has found out. */
export type StepEvent =
  | { readonly kind: 'planned' }
  | { readonly kind: 'called' }
  | { readonly kind: 'questioned' }
  | { readonly kind: 'called_client' }
  | { readonly kind: 'drafted' }
  | { readonly kind: 'asked' }
  | { readonly kind: 'assented' }
  | { readonly kind: 'dispatched' }
  | { readonly kind: 'ended' }
  | { readonly kind: 'observed' };

/** How a step ended: with something to show, or with a reason why not. */
export type StepOutcome =
  { readonly kind: 'result'; readonly result: RunResult } | { readonly kind: 'error'; readonly error: RunError };

/**
 * The run machine: `plan -> act -> approve -> apply -> observe`, where a read skips approve and apply, and whatever ends
 * a step early goes to observe. What was observed, and the answer to a question, make the plan of the next step. Pure; the only place that knows the order of the phases.
 */
export function transition(step: number, event: StepEvent): RunPatch {
  switch (event.kind) {
    case 'planned':
    case 'called':
      return { state: 'running', phase: 'act', step };
    case 'questioned':
      return { state: 'waiting', phase: 'plan', step, waitingFor: 'input' };
    case 'called_client':
      return { state: 'waiting', phase: 'observe', step, waitingFor: 'client_tool' };
    case 'drafted':
      return { state: 'running', phase: 'approve', step };
    case 'asked':
      return { state: 'waiting', phase: 'approve', step, waitingFor: 'approval' };
    case 'assented':
    case 'dispatched':
      return { state: 'running', phase: 'apply', step };
    case 'ended':
      return { state: 'running', phase: 'observe', step };
    case 'observed':
      return { state: 'running', phase: 'plan', step: step + 1 };
    default:
      return unreachable(event);
  }
}

/** The outcome of the last step is the run's. */
export function conclude(step: number, outcome: StepOutcome): RunPatch {
  return outcome.kind === 'result'
    ? { state: 'completed', phase: 'observe', step, result: outcome.result }
    : { state: 'failed', phase: 'observe', step, error: outcome.error };
}

function unreachable(event: never): never {
  throw new Error(`unknown step event ${JSON.stringify(event)}`);
}
