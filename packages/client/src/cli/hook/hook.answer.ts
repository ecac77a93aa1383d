/** The agents whose permission hooks are commands or HTTP requests with the same input and output. */
export const HOOK_AGENTS = ['claude-code', 'codex'] as const;
export type HookAgent = (typeof HOOK_AGENTS)[number];

/** No opinion: the agent continues with its own permission rules and prompt. */
export const NO_OPINION = '{}';

/** The event that the agent asks about, by the name in its input; '' if the input does not name it. */
export function eventOf(input: string): string {
  try {
    const { hook_event_name: name } = JSON.parse(input) as { readonly hook_event_name?: unknown };
    return typeof name === 'string' ? name : '';
  } catch {
    return '';
  }
}

/** A denial in the form that the event expects. The agent hands the message to its model. */
export function denial(event: string, message: string): string {
  const output =
    event === 'PreToolUse'
      ? { hookEventName: event, permissionDecision: 'deny', permissionDecisionReason: message }
      : { hookEventName: 'PermissionRequest', decision: { behavior: 'deny', message } };
  return JSON.stringify({ hookSpecificOutput: output });
}
