import { Type, type Static } from '@sinclair/typebox';
import { literals, nullable } from './schema';

/** Coding agents whose hooks are answered in their own form. Others use the generic one. */
export const HOOK_AGENTS = ['claude-code', 'codex'] as const;
export type HookAgent = (typeof HOOK_AGENTS)[number];

export const HOOK_HOLD_MAX_SECONDS = 3_600;
export const HOOK_HOLD_DEFAULT_SECONDS = 540;

const TOOL_MAX_CHARS = 100;
const TEXT_MAX_CHARS = 4_096;
const ID_MAX_CHARS = 256;
const Tool = Type.String({ minLength: 1, maxLength: TOOL_MAX_CHARS, pattern: '^\\P{Cc}+$' });
const Id = Type.String({ minLength: 1, maxLength: ID_MAX_CHARS });
const Text = Type.String({ maxLength: TEXT_MAX_CHARS });
const Input = Type.Record(Type.String(), Type.Unknown());

/** The events of a coding agent that ask for permission. Hosts send further fields, which are ignored. */
export const HOOK_EVENTS = ['PermissionRequest', 'PreToolUse'] as const;
export type HookEventName = (typeof HOOK_EVENTS)[number];

/** The body of a hook, as Claude Code and Codex send it. */
export const HookBodySchema = Type.Object({
  hook_event_name: Type.String({ maxLength: ID_MAX_CHARS, description: HOOK_EVENTS.join(' or ') }),
  tool_name: Tool,
  tool_input: Input,
  session_id: Type.Optional(Id),
  tool_use_id: Type.Optional(Id),
  cwd: Type.Optional(Text),
});
export type HookBody = Static<typeof HookBodySchema>;

/** The body of POST /hooks/generic. */
export const GenericHookBodySchema = Type.Object(
  {
    agent: Type.String({ pattern: '^(?!(?:claude-code|codex)$)[a-z0-9-]{1,32}$' }),
    agentVersion: Type.Optional(Id),
    session: Type.Optional(Id),
    toolUseId: Type.Optional(Id),
    tool: Tool,
    input: Input,
    cwd: Type.Optional(Text),
    reason: Type.Optional(Type.String({ maxLength: TEXT_MAX_CHARS, description: 'Why the agent asks; for people' })),
  },
  { additionalProperties: false },
);
export type GenericHookBody = Static<typeof GenericHookBodySchema>;

export const PERMISSION_STATES = [
  'allowed',
  'denied',
  'approved',
  'rejected',
  'pending',
  'expired',
  'cancelled',
  'voided',
] as const;

/** The answer of POST /hooks/generic. */
export const GenericHookAnswerSchema = Type.Object({
  decision: literals(['allow', 'deny', 'ask'], 'ask: nobody decided; the agent asks its own user'),
  state: literals(PERMISSION_STATES, 'allowed, denied: by a rule; pending: the approval stays open'),
  message: Type.String(),
  approvalId: nullable(Type.String({ format: 'uuid' })),
  updatedInput: Type.Optional(Input),
});
export type GenericHookAnswer = Static<typeof GenericHookAnswerSchema>;

/** The answer of the hooks of Claude Code and Codex: `{}`, or the decision in the form of the event. */
export const HookAnswerSchema = Type.Object({
  hookSpecificOutput: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
});
