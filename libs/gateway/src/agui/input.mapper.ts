import { Type, type Static } from '@sinclair/typebox';
import {
  AnyObject,
  AssentError,
  COMMENT_MAX_CHARS,
  ClientToolSchema,
  ClientTraceId,
  ContentHash,
  DECISIONS,
  GOAL_MAX_CHARS,
  HunkNumbers,
  MAX_CLIENT_TOOLS,
  StartParamsSchema,
  TRACE_MAX_CHARS,
  boundedInteger,
  closed,
  literals,
  type ClientTool,
  type StartParams,
} from '@assent/contract';
import { endOfText } from '@assent/platform';
import { wireCheck, wireMatch } from '../wire.schema';
import { CLIENT_PREFIX } from './frame.mapper';

const MAX_ITEMS = 10_000;
const MAX_RESUMES = 64;
const Id = Type.String({ minLength: 1, maxLength: 512 });
const WAITS = ['interrupt', 'stream'] as const;

/** Params of `start`, except those that have their own field in the input. */
const OwnParamsSchema = Type.Omit(StartParamsSchema, [
  'goal',
  'context',
  'clientTools',
  'idempotencyKey',
  'clientTraceId',
]);
const AssentPropsSchema = closed({
  ...OwnParamsSchema.properties,
  wait: Type.Optional(literals(WAITS)),
  after: Type.Optional(boundedInteger()),
});

const MessageSchema = Type.Object({
  id: Type.String(),
  role: Type.String(),
  content: Type.Optional(Type.Unknown()),
  toolCallId: Type.Optional(Type.String()),
  error: Type.Optional(Type.String()),
  toolCalls: Type.Optional(
    Type.Array(Type.Object({ id: Type.String(), function: Type.Object({ arguments: Type.String() }) })),
  ),
});
export type InputMessage = Static<typeof MessageSchema>;

const ResumeSchema = Type.Object({
  interruptId: Id,
  status: literals(['resolved', 'cancelled']),
  payload: Type.Optional(Type.Unknown()),
});
export type ResumeEntry = Static<typeof ResumeSchema>;

/** The input of an AG-UI client. Further properties, of later versions of the protocol, are ignored. */
export const RunAgentInputSchema = Type.Object({
  threadId: Id,
  runId: Id,
  parentRunId: Type.Optional(Type.String()),
  messages: Type.Array(MessageSchema, { maxItems: MAX_ITEMS }),
  tools: Type.Optional(
    Type.Array(
      Type.Object({
        name: Type.String(),
        description: Type.String(),
        parameters: Type.Optional(Type.Unknown()),
        metadata: Type.Optional(AnyObject),
      }),
    ),
  ),
  context: Type.Optional(
    Type.Array(Type.Object({ description: Type.String(), value: Type.String() }), { maxItems: MAX_ITEMS }),
  ),
  forwardedProps: Type.Optional(Type.Unknown()),
  resume: Type.Optional(Type.Array(ResumeSchema, { maxItems: MAX_RESUMES })),
});
export type RunAgentInput = Static<typeof RunAgentInputSchema>;
export type Wait = (typeof WAITS)[number];

/** The answer to an interrupt that asks for a decision. */
export const DecisionPayloadSchema = closed({
  decision: literals(DECISIONS),
  hash: ContentHash,
  comment: Type.Optional(Type.String({ maxLength: COMMENT_MAX_CHARS })),
  hunks: Type.Optional(HunkNumbers),
  editedArgs: Type.Optional(AnyObject),
});
export type DecisionPayload = Static<typeof DecisionPayloadSchema>;

/** A tool that cannot be offered to a run. */
export class UnusableTool extends Error {}

const checkInput = wireCheck(RunAgentInputSchema, 'The body');
const checkProps = wireCheck(AssentPropsSchema, 'forwardedProps.assent');
const isClientTool = wireMatch(ClientToolSchema);
const isTraceId = wireMatch(ClientTraceId);

const KEY_MAX_CHARS = 255;
const OMITTED = '[The beginning was left out: it is too long.]\n';

export interface ReadInput {
  readonly input: RunAgentInput;
  readonly wait: Wait | null;
  /** seq of the last frame that the client has. */
  readonly after: number;
  /** Returns the params of a new run, or throws the fault in them. */
  readonly start: () => StartParams;
}

/** @throws AssentError invalid, with a pointer into the body */
export function readInput(body: unknown): ReadInput {
  const input = checkInput(body ?? {});
  const { wait = null, after = 0, ...given } = assentProps(input.forwardedProps);
  return { input, wait, after, start: () => startParams(input, given) };
}

/** Beginning of the idempotency keys of all runs of a thread. */
export function threadKey(threadId: string): string {
  return `agui:${encodeURIComponent(threadId)}:`;
}

/** The replies that the client gives to calls of its own tools. */
export function toolReplies({ messages }: RunAgentInput): InputMessage[] {
  const since = messages.findLastIndex(({ role }) => role === 'user');
  return messages.slice(since + 1).filter(({ role, toolCallId }) => role === 'tool' && toolCallId !== undefined);
}

/** A text, or the texts of its parts. */
export function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  const parts = content as readonly { readonly type?: unknown; readonly text?: unknown }[];
  return parts.flatMap(({ type, text }) => (type === 'text' && typeof text === 'string' ? [text] : [])).join('\n');
}

function assentProps(forwardedProps: unknown): Static<typeof AssentPropsSchema> {
  const props = (forwardedProps ?? {}) as { readonly assent?: unknown };
  return atPointer('/forwardedProps/assent', () => checkProps(props.assent ?? {}));
}

function startParams(
  input: RunAgentInput,
  given: Omit<Static<typeof AssentPropsSchema>, 'wait' | 'after'>,
): StartParams {
  const { threadId, runId, parentRunId, messages, tools = [] } = input;
  const idempotencyKey = `${threadKey(threadId)}${encodeURIComponent(runId)}`;
  if (idempotencyKey.length > KEY_MAX_CHARS) {
    throw new AssentError('invalid', 'threadId and runId are too long together. Use shorter ids, such as UUIDs.', {
      pointer: '/runId',
    });
  }
  const last = messages.findLastIndex(({ role }) => role === 'user');
  const goal = textOf(messages[last]?.content);
  if (goal === '' || goal.length > GOAL_MAX_CHARS) {
    const found = goal === '' ? 'has no text' : `has ${goal.length} characters`;
    const message = `The goal of a run is the text of the last user message, with 1 to ${GOAL_MAX_CHARS} characters. It ${found}.`;
    throw new AssentError('invalid', message, { pointer: last < 0 ? '/messages' : `/messages/${last}/content` });
  }
  const context = contextOf(messages.slice(0, last), input.context ?? []);
  const clientTools = tools.map(clientToolOf);
  return {
    ...given,
    goal,
    idempotencyKey,
    ...(context === '' ? {} : { context }),
    ...(clientTools.length === 0 ? {} : { clientTools: withinLimit(clientTools) }),
    ...(isTraceId(parentRunId) ? { clientTraceId: parentRunId } : {}),
  };
}

/** The earlier messages, and the context of the application. If it is too long, the oldest text is left out. */
function contextOf(earlier: readonly InputMessage[], known: NonNullable<RunAgentInput['context']>): string {
  const said = earlier.flatMap(({ role, content }) => {
    const text = textOf(content);
    return text === '' || role === 'reasoning' ? [] : [`${role}: ${text}`];
  });
  const all = [...said, ...known.map(({ description, value }) => `${description}: ${value}`)].join('\n\n');
  return all.length <= TRACE_MAX_CHARS ? all : `${OMITTED}${endOfText(all, TRACE_MAX_CHARS - OMITTED.length)}`;
}

function clientToolOf({
  name,
  description,
  parameters = { type: 'object' },
  metadata = {},
}: NonNullable<RunAgentInput['tools']>[number]): ClientTool {
  const tool = {
    name: `${CLIENT_PREFIX}${name}`,
    description: description === '' ? name : description,
    inputSchema: parameters,
    effect: metadata['assent/effect'] === 'read' ? ('read' as const) : ('external' as const),
  };
  if (isClientTool(tool)) return tool;
  throw new UnusableTool(
    `The tool "${name.slice(0, 64)}" cannot be offered. A name has 1 to 63 of a-z, 0-9, "_" and "-" and begins with a letter; a description has at most 2000 characters; parameters are a JSON schema.`,
  );
}

function withinLimit(tools: ClientTool[]): ClientTool[] {
  const extra = tools[MAX_CLIENT_TOOLS];
  if (!extra) return tools;
  const name = extra.name.slice(CLIENT_PREFIX.length);
  throw new UnusableTool(`The tool "${name}" is one too many: a run has at most ${MAX_CLIENT_TOOLS} tools.`);
}

/** Runs a check of a part of the body. */
function atPointer<T>(pointer: string, check: () => T): T {
  try {
    return check();
  } catch (thrown) {
    throw locatedError(thrown, pointer);
  }
}

/** The error with the pointer of the value in the body. */
export function locatedError(thrown: unknown, pointer: string): unknown {
  if (!(thrown instanceof AssentError)) return thrown;
  const { reason, message, details } = thrown;
  const below = (details.pointer ?? '').replace(/^\/result/, '');
  return new AssentError(reason, message, { ...details, pointer: `${pointer}${below}` }, { cause: thrown });
}
