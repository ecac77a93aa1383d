import {
  frame,
  toAssentError,
  type Effect,
  type GuardDecision,
  type NewFrame,
  type RunError,
  type ToolCall,
} from '@assent/contract';
import { newId } from '@assent/platform';
import { isUnreadable, wasNotAttempted, type ToolsService } from '@assent/tools';
import type { StepCall, StepContext } from '../step/step.context';

export function callOf(step: number, actionId: string, call: ToolCall, { verdict, rule }: GuardDecision): StepCall {
  return { id: newId(), step, actionId, ...call, verdict, rule, state: 'started' };
}

/** Frames that announce a call before it is made. @param label of its action, if it comes from a tree */
export function proposalFrames(
  tools: ToolsService,
  call: StepCall,
  decision: GuardDecision,
  label?: string,
): NewFrame[] {
  const { id: callId, step, actionId, tool, workspace } = call;
  const args = tools.redactForDisplay(call.args);
  return [
    frame('tool.proposed', step, { callId, actionId, ...(label !== undefined && { label }), tool, args, workspace }),
    frame('tool.guarded', step, { callId, tool, ...decision, breaker: tools.breakerOf(tool) }),
  ];
}

/**
 * Why a call must not be made at all; null: it may be made, or a person can approve it.
 * @param effect that the call would need approval for; null: calls of every effect can be approved
 */
export function refusalOf({ tool }: StepCall, decision: GuardDecision, effect: Effect | null): RunError | null {
  const { verdict, rule, reason } = decision;
  if (isUnreadable(decision)) return { reason: 'invalid', message: reason };
  if (verdict === 'deny') {
    return { reason: 'forbidden', message: `The policy denies ${tool} (rule ${rule}): ${reason}` };
  }
  if (verdict === 'ask' && effect === 'read') {
    const message = `The policy requires approval for ${tool} (rule ${rule}), and only changes can be approved. Allow the read, or choose another action.`;
    return { reason: 'forbidden', message };
  }
  return null;
}

/**
 * Converts a failure of the tool into an error of the run. Rethrows failures of this server and of a lost lease. The run waits
 * for an unavailable tool, unless a model plans the run and can choose another tool.
 */
export function toolError(thrown: unknown, { signal, run }: StepContext): RunError {
  if (signal.aborted || (wasNotAttempted(thrown) && !run.modelPlanned)) throw thrown;
  const { reason, message } = toAssentError(thrown);
  if (reason === 'internal') throw thrown;
  return { reason, message };
}
