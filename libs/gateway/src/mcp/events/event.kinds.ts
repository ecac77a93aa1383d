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
  type Scope,
} from '@assent/contract';
import { plainSchema, wireCheck } from '../../wire.schema';
import type { McpOperations } from '../server/mcp.operations';

/** Events of one page. */
export const EVENT_PAGE = 500;
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

type Invoke = McpOperations['invoke'];

/** An event that happened. */
export interface Occurrence {
  readonly seq: number;
  readonly eventId: string;
  readonly at: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface EventPage {
  readonly found: readonly Occurrence[];
  /** Position after the page. */
  readonly cursor: number;
  readonly tail: number;
}

export interface EventArguments {
  readonly runId?: string;
}

/** Events of one kind: those of approvals by the inbox of the tenant, those of runs by the frames of one run. */
export interface EventKind {
  readonly names: readonly string[];
  readonly scope: Scope;
  readonly input: object;
  readonly payload: (name: string) => object;
  /** Position of the newest event. */
  readonly tail: (args: EventArguments, invoke: Invoke) => Promise<number>;
  /** @throws AssentError gone, with the `earliest` position that is left */
  readonly read: (name: string, args: EventArguments, after: number, invoke: Invoke) => Promise<EventPage>;
}

const OfRun = closed({ runId: Uuid });
const OfAnyRun = closed({ runId: Type.Optional(Uuid) });

export const EVENT_KINDS: readonly EventKind[] = [
  {
    names: APPROVAL_EVENTS,
    scope: 'approval:read',
    input: OfAnyRun,
    payload: () => plainSchema(ApprovalEventSchema),
    tail: async (_, invoke) => (await readKept((after) => invoke('approval/events', { after }), 0)).page.tail,
    read: async (name, { runId }, after, invoke) => {
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
    tail: async ({ runId = '' }, invoke) => (await invoke('run/get', { runId })).cursor,
    read: async (name, { runId = '' }, after, invoke) => {
      const types = [name] as FrameType[];
      const page: MethodResult<'stream'> = await invoke('stream', { runId, after, types, limit: EVENT_PAGE });
      const found = page.frames.map((frame) => {
        const { seq, at } = frame as { readonly seq: number; readonly at: string };
        return { seq, eventId: `${runId}:${seq}`, at, data: { ...frame } };
      });
      return { found, cursor: page.cursor, tail: page.tail };
    },
  },
];

const CHECKS = new Map(EVENT_KINDS.map((kind) => [kind, wireCheck(kind.input as typeof OfAnyRun, 'The arguments')]));

/** The kind of an event. Undefined: there is no such event. */
export function eventKindOf(name: string): EventKind | undefined {
  return EVENT_KINDS.find(({ names }) => names.includes(name));
}

/** @throws AssentError invalid */
export function readEventArguments(kind: EventKind, given: unknown): EventArguments {
  return CHECKS.get(kind)?.(given) ?? {};
}

/** Reads after a position, or after the events that retention has deleted. */
export async function readKept<T>(
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
