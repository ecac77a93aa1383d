import type { ClientCallRecord } from '@assent/tools';
import type { StepOutcome } from '../step/run.machine';

/** The reason of a failed call in frames and in results of runs. */
export function reasonOf(to: 'answered' | 'failed' | 'expired', diffId: string | null): string {
  if (to !== 'expired') return 'tool_failed';
  return diffId === null ? 'timeout' : 'outcome_unknown';
}

/** The outcome of a call of a client's tool. */
export function outcomeOfClientCall(call: ClientCallRecord): StepOutcome {
  const { state, actionId, diffId, output, error, requestId } = call;
  if (state === 'answered') {
    const effect = diffId === null ? { kind: 'output' as const } : { kind: 'applied' as const, diffId };
    return { kind: 'result', result: { ...effect, actionId, output } };
  }
  if (state === 'failed' || state === 'expired') {
    return { kind: 'error', error: { reason: reasonOf(state, diffId), message: error ?? '' } };
  }
  throw new Error(`request ${requestId} has not ended`);
}
