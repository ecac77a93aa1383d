import type { Approval } from '@assent/contract';
import type { Caller } from './caller';
import { eventually } from './eventually';

export interface HookReply {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface AskedQuestion {
  readonly agent?: 'claude-code' | 'codex';
  readonly event?: string;
  readonly tool?: string;
  readonly input?: Readonly<Record<string, unknown>>;
  readonly session?: string;
  readonly toolUseId?: string;
  readonly query?: string;
  readonly signal?: AbortSignal;
}

/** A question as Claude Code and Codex send it, further fields included. */
export async function askHook(by: Caller, command: string, asked: AskedQuestion = {}): Promise<HookReply> {
  const { agent = 'claude-code', event = 'PermissionRequest', tool = 'Bash', session = 's1', toolUseId } = asked;
  const body = {
    session_id: session,
    transcript_path: '/home/ann/.claude/transcript.jsonl',
    cwd: '/home/ann/shop',
    permission_mode: 'default',
    hook_event_name: event,
    tool_name: tool,
    tool_input: asked.input ?? { command, description: 'as asked' },
    permission_suggestions: [],
    ...(toolUseId !== undefined && { tool_use_id: toolUseId }),
  };
  const response = await by.fetch(`/hooks/${agent}${asked.query ?? '?hold=60'}`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
    ...(asked.signal && { signal: asked.signal }),
  });
  return { status: response.status, body: (await response.json()) as HookReply['body'] };
}

/** The pending approvals whose title contains this text; waits until there are so many. */
export async function pendingQuestions(by: Caller, text: string, count = 1): Promise<Approval[]> {
  return eventually(`${count} questions about ${text}`, async () => {
    const { items } = await by.call('approval/list', { subject: 'agent_permission', state: 'pending', limit: 100 });
    const found = items.filter(({ goal }) => goal.includes(text));
    return found.length === count && found;
  });
}

export async function pendingQuestion(by: Caller, text: string): Promise<Approval> {
  const [approval] = await pendingQuestions(by, text);
  if (!approval) throw new Error(`no question about ${text}`);
  return approval;
}

/** Bodies of the hook PermissionRequest. */
export const allowed = (more: object = {}) => ({
  hookSpecificOutput: { hookEventName: 'PermissionRequest', decision: { behavior: 'allow', ...more } },
});
export const denied = (message: unknown) => ({
  hookSpecificOutput: { hookEventName: 'PermissionRequest', decision: { behavior: 'deny', message } },
});
