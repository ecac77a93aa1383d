import { Type } from '@sinclair/typebox';
import {
  ApprovalEventSchema,
  AssentError,
  FRAME_BODIES,
  Uuid,
  WEBHOOK_FRAMES,
  closed,
  type FrameType,
  type MethodResult,
  type Principal,
  type Scope,
} from '@assent/contract';
import { plainSchema, wireCheck } from '../../wire.schema';
import type { McpSdk, McpServer } from '../mcp.sdk';
import type { McpOperations } from './mcp.operations';

/** The extension with which a client follows events. */
export const EVENTS = 'io.modelcontextprotocol/events';
const POLL_MS = 5_000;
const PAGE = 500;
const APPROVAL_EVENTS = [
  'approval.requested',
  'approval.questioned',
  'approval.decided',
  'approval.expired',
  'approval.voided',
] as const;
/** Webhook frames except those of approvals, which are read from the inbox. */
type RunEvent = Exclude<(typeof WEBHOOK_FRAMES)[number], `approval.${string}`>;
const RUN_EVENTS = WEBHOOK_FRAMES.filter((type): type is RunEvent => !type.startsWith('approval.'));

/** An event that happened. */
interface Occurrence {
  readonly seq: number;
  readonly eventId: string;
  readonly at: string;
  readonly data: Readonly<Record<string, unknown>>;
}

interface EventPage {
  readonly found: readonly Occurrence[];
  /** Position after the page. */
  readonly cursor: number;
  readonly tail: number;
}

/** Events of one kind: those of approvals by the inbox of the tenant, those of runs by the frames of one run. */
interface EventKind {
  readonly names: readonly string[];
  readonly scope: Scope;
  readonly input: object;
  readonly payload: (name: string) => object;
  /** Position of the newest event. */
  readonly tail: (args: EventArguments, operations: McpOperations) => Promise<number>;
  /** @throws AssentError gone, with the `earliest` position that is there */
  readonly read: (name: string, args: EventArguments, after: number, operations: McpOperations) => Promise<EventPage>;
}

interface EventArguments {
  readonly runId?: string;
}

const OfRun = closed({ runId: Uuid });
const OfAnyRun = closed({ runId: Type.Optional(Uuid) });

const KINDS: readonly EventKind[] = [
  {
    names: APPROVAL_EVENTS,
    scope: 'approval:read',
    input: OfAnyRun,
    payload: () => plainSchema(ApprovalEventSchema),
    tail: async (_, { invoke }) => (await kept((after) => invoke('approval/events', { after }), 0)).page.tail,
    read: async (name, { runId }, after, { invoke }) => {
      const types = [name] as (typeof APPROVAL_EVENTS)[number][];
      const { events, cursor, tail } = await invoke('approval/events', { after, types });
      const found = events
        .filter((event) => runId === undefined || event.runId === runId)
        .map((event) => ({ seq: event.seq, eventId: `approvals:${event.seq}`, at: event.at, data: { ...event } }));
      return { found, cursor, tail };
    },
  },
  {
    names: RUN_EVENTS,
    scope: 'run:read',
    input: OfRun,
    payload: (name) => plainSchema(FRAME_BODIES[name as RunEvent]),
    tail: async ({ runId = '' }, { invoke }) => (await invoke('run/get', { runId })).cursor,
    read: async (name, { runId = '' }, after, { invoke }) => {
      const types = [name] as FrameType[];
      const page: MethodResult<'stream'> = await invoke('stream', { runId, after, types, limit: PAGE });
      const found = page.frames.map((frame) => {
        const { seq, at } = frame as { readonly seq: number; readonly at: string };
        return { seq, eventId: `${runId}:${seq}`, at, data: { ...frame } };
      });
      return { found, cursor: page.cursor, tail: page.tail };
    },
  },
];

const Poll = Type.Object({
  name: Type.String(),
  arguments: Type.Optional(Type.Unknown()),
  cursor: Type.Optional(Type.Union([Type.Null(), Type.String({ pattern: '^\\d{1,15}$' })])),
  maxAgeMs: Type.Optional(Type.Integer({ minimum: 0 })),
  maxEvents: Type.Optional(Type.Integer({ minimum: 1 })),
});
const readPoll = wireCheck(Poll, 'The request');
const CHECKS = new Map(KINDS.map((kind) => [kind, wireCheck(kind.input as typeof OfAnyRun, 'The arguments')]));

/** Offers events of approvals and runs to clients that poll. Webhooks are set up by `POST /webhooks`. */
export function addEvents(
  { server }: McpServer,
  sdk: McpSdk,
  { principal, operations }: { readonly principal: Principal; readonly operations: McpOperations },
  toError: (thrown: unknown) => Error,
): void {
  const params = sdk.fromJsonSchema({ type: 'object' });
  const kinds = KINDS.filter(({ scope }) => principal.scopes.has(scope));
  server.setRequestHandler('events/list', { params }, () => ({
    events: kinds.flatMap(({ names, input, payload }) =>
      names.map((name) => ({
        name,
        delivery: ['poll'],
        inputSchema: plainSchema(input as typeof OfAnyRun),
        payloadSchema: payload(name),
      })),
    ),
  }));
  server.setRequestHandler('events/poll', { params }, async (given) => {
    try {
      return await poll(given, kinds, operations);
    } catch (thrown) {
      throw toError(thrown);
    }
  });
}

async function poll(given: unknown, kinds: readonly EventKind[], operations: McpOperations) {
  const { name, arguments: rawArgs = {}, cursor = null, maxAgeMs = Infinity, maxEvents = PAGE } = readPoll(given);
  const kind = kinds.find(({ names }) => names.includes(name));
  const args = kind && CHECKS.get(kind)?.(rawArgs);
  if (!kind || !args) {
    throw new AssentError('invalid', `There is no event "${name.slice(0, 64)}".`, { pointer: '/name' });
  }
  if (cursor === null) {
    const tail = await kind.tail(args, operations);
    return { events: [], cursor: String(tail), truncated: false, hasMore: false, nextPollMs: POLL_MS };
  }
  const { page, isCut } = await kept((after) => kind.read(name, args, after, operations), Number(cursor));
  const oldest = Date.now() - maxAgeMs;
  const young = page.found.filter(({ at }) => Date.parse(at) >= oldest);
  const shown = young.slice(0, maxEvents);
  const reached = shown.length < young.length ? (shown.at(-1)?.seq ?? page.cursor) : page.cursor;
  return {
    events: shown.map(({ eventId, at, data }) => ({ eventId, name, timestamp: at, data })),
    cursor: String(reached),
    truncated: isCut || young.length < page.found.length,
    hasMore: reached < page.tail,
    nextPollMs: POLL_MS,
  };
}

/** Reads after a position, or after the events that retention has deleted. */
async function kept<T>(
  read: (after: number) => Promise<T>,
  after: number,
): Promise<{ readonly page: T; readonly isCut: boolean }> {
  try {
    return { page: await read(after), isCut: false };
  } catch (thrown) {
    const earliest = thrown instanceof AssentError && thrown.reason === 'gone' ? thrown.details['earliest'] : undefined;
    if (typeof earliest !== 'number') throw thrown;
    return { page: await read(earliest - 1), isCut: true };
  }
}
