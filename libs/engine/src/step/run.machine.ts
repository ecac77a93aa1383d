import type { RunError, RunResult } from '@assent/contract';
import type { RunPatch } from '@assent/runs';

/** The result of a phase as an event. */
export type StepEvent =
  | { readonly kind: 'planned'; readonly recalled?: readonly string[] }
  | { readonly kind: 'called'; readonly phase: 'act' | 'plan' }
  | { readonly kind: 'questioned' }
  /** `phase`: the phase that resumes after the client's answer. */
  | { readonly kind: 'called_client'; readonly phase: 'observe' | 'plan' }
  | { readonly kind: 'drafted' }
  | { readonly kind: 'asked' }
  | { readonly kind: 'approved' }
  | { readonly kind: 'dispatched' }
  | { readonly kind: 'ended' }
  /** `modelPlanned`: a model plans the run from now on. */
  | { readonly kind: 'observed'; readonly modelPlanned?: true }
  | { readonly kind: 'concluded'; readonly outcome: StepOutcome };

/** How a step ended: with a result, or with an error. A failed effect has both. */
export type StepOutcome =
  | { readonly kind: 'result'; readonly result: RunResult }
  | { readonly kind: 'error'; readonly error: RunError; readonly result?: RunResult };

/**
 * The run machine: `plan -> act -> approve -> apply -> observe`. A read skips approve and apply; a step that ends early
 * goes to observe. A turn of reads in progress resumes from plan, where a replica of the previous version plans it anew. An
 * observation, and the answer to a question, lead to the plan of the next step. This function is pure and the only place that
 * knows the order of the phases.
 */
export function transition(step: number, event: StepEvent): RunPatch {
  switch (event.kind) {
    case 'planned':
      return { state: 'running', phase: 'act', step, ...(event.recalled && { recalled: event.recalled }) };
    case 'called':
      return { state: 'running', phase: event.phase, step };
    case 'questioned':
      return { state: 'waiting', phase: 'plan', step, waitingFor: 'input' };
    case 'called_client':
      return { state: 'waiting', phase: event.phase, step, waitingFor: 'client_tool' };
    case 'drafted':
      return { state: 'running', phase: 'approve', step };
    case 'asked':
      return { state: 'waiting', phase: 'approve', step, waitingFor: 'approval' };
    case 'approved':
      return { state: 'running', phase: 'apply', step };
    case 'dispatched':
      // Only the effect counts as progress, because the claim may have to be given back.
      return { state: 'running', phase: 'apply', step, keepsTrouble: true };
    case 'ended':
      return { state: 'running', phase: 'observe', step };
    case 'observed':
      return {
        state: 'running',
        phase: 'plan',
        step: step + 1,
        ...(event.modelPlanned && { modelPlanned: event.modelPlanned }),
      };
    case 'concluded':
      return conclude(step, event.outcome);
    default:
      return unreachable(event);
  }
}

/** The outcome of the last step becomes the outcome of the run. */
export function conclude(step: number, outcome: StepOutcome): RunPatch {
  if (outcome.kind === 'result') return { state: 'completed', phase: 'observe', step, result: outcome.result };
  const { error, result } = outcome;
  return { state: 'failed', phase: 'observe', step, error, ...(result && { result }) };
}

/** Events after which the next phase runs in the same commit. */
const SAME_COMMIT: ReadonlySet<StepEvent['kind']> = new Set(['planned', 'drafted', 'ended']);

/** Whether everything since the last commit must be durable before the run goes on. */
export function isDurable({ kind }: StepEvent): boolean {
  return !SAME_COMMIT.has(kind);
}

function unreachable(event: never): never {
  throw new Error(`unknown step event ${JSON.stringify(event)}`);
}
