import type { GenericHookAnswer, HookEventName, JsonObject } from '@assent/contract';

/** The answer to a question of a coding agent, independent of the agent's format. */
export interface HookOutcome {
  /** `ask`: nobody decided, so the agent asks its own user. `none`: no rule matches. */
  readonly decision: 'allow' | 'deny' | 'ask' | 'none';
  readonly state: GenericHookAnswer['state'];
  readonly message: string;
  readonly approvalId: string | null;
  /** The input as a reviewer changed it. */
  readonly updatedInput?: JsonObject;
}

/** The outcome in the form of Claude Code and Codex. */
export function hookAnswer(hookEventName: HookEventName, { decision, message, updatedInput }: HookOutcome): object {
  const updated = updatedInput && { updatedInput };
  if (decision === 'none') return {};
  if (hookEventName === 'PreToolUse') {
    const output = { hookEventName, permissionDecision: decision, permissionDecisionReason: message };
    return { hookSpecificOutput: { ...output, ...(decision === 'allow' && updated) } };
  }
  if (decision === 'ask') return {};
  const given = decision === 'allow' ? { behavior: 'allow', ...updated } : { behavior: 'deny', message };
  return { hookSpecificOutput: { hookEventName, decision: given } };
}

/** The outcome in the form of POST /hooks/generic. */
export function genericAnswer({ decision, state, message, approvalId, updatedInput }: HookOutcome): GenericHookAnswer {
  return {
    decision: decision === 'none' ? 'ask' : decision,
    state,
    message,
    approvalId,
    ...(updatedInput && { updatedInput: { ...updatedInput } }),
  };
}
