import { Type, type Static } from '@sinclair/typebox';
import { AnyObject, Timestamp, Uuid, closed, literals } from './schema';

/** Tools one run may declare. */
export const MAX_CLIENT_TOOLS = 64;
const DESCRIPTION_MAX_CHARS = 2_000;
const MAX_EFFORT = 1e6;
/** Longest time a client may take for one call: a day. */
const MAX_DEADLINE_SECONDS = 86_400;

/** A tool that the client hosts: it is called by a request `tool/call` over the run's stream. */
export const ClientToolSchema = closed({
  name: Type.String({ pattern: '^client\\.[a-z][a-z0-9_-]{0,62}$', description: '`client.<tool>`, unique in the run' }),
  description: Type.String({ minLength: 1, maxLength: DESCRIPTION_MAX_CHARS }),
  inputSchema: Type.Record(Type.String(), Type.Unknown(), { description: 'JSON schema of the arguments, an object' }),
  outputSchema: Type.Optional(
    Type.Record(Type.String(), Type.Unknown(), { description: 'JSON schema that an output has to match' }),
  ),
  effect: Type.Optional(
    literals(['read', 'external'], 'Default `external`: what it would do is put to a person before it is called'),
  ),
  effort: Type.Optional(Type.Number({ minimum: 0, maximum: MAX_EFFORT, description: 'Default 1' })),
  deadlineSeconds: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: MAX_DEADLINE_SECONDS,
      description: 'For one call; default CLIENT_TOOL_SECONDS',
    }),
  ),
});
export type ClientTool = Static<typeof ClientToolSchema>;

/** `params` of a `tool/call`. */
export const ToolCallRequestSchema = Type.Object({
  runId: Uuid,
  callId: Uuid,
  tool: Type.String(),
  args: AnyObject,
  workspace: Type.String(),
  /** The same for every attempt of one call: a client that has carried it out already answers again and does nothing. */
  idempotencyKey: Type.String(),
  deadline: Timestamp,
});
export type ToolCallRequest = Static<typeof ToolCallRequestSchema>;

/** The `result` a client sends back for a `tool/call`; a JSON-RPC `error` says that the tool has failed. */
export const ToolCallAnswerSchema = closed({ output: AnyObject });
export type ToolCallAnswer = Static<typeof ToolCallAnswerSchema>;
