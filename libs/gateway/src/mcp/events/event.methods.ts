import { Type } from '@sinclair/typebox';
import { AssentError, type Principal } from '@assent/contract';
import { requireScope } from '@assent/identity';
import { plainSchema, wireCheck } from '../../wire.schema';
import type { McpSdk, McpServer } from '../mcp.sdk';
import type { McpOperations } from '../server/mcp.operations';
import { EVENT_KINDS, EVENT_PAGE, eventKindOf, readEventArguments, readKept, type EventKind } from './event.kinds';
import { EventSubscriptions, ttlOf, type SubscriptionTarget } from './event.subscriptions';

/** The extension with which a client follows events. */
export const EVENTS = 'io.modelcontextprotocol/events';
const POLL_MS = 5_000;
const URL_MAX_CHARS = 2_048;
const NAME_MAX_CHARS = 64;

const Followed = {
  name: Type.String(),
  arguments: Type.Optional(Type.Unknown()),
};
const Replayed = {
  cursor: Type.Optional(Type.Union([Type.Null(), Type.String({ pattern: '^\\d{1,15}$' })])),
  maxAgeMs: Type.Optional(Type.Integer({ minimum: 0 })),
};
const Poll = Type.Object({ ...Followed, ...Replayed, maxEvents: Type.Optional(Type.Integer({ minimum: 1 })) });
const Url = Type.String({ maxLength: URL_MAX_CHARS });
const Subscribe = Type.Object({
  ...Followed,
  ...Replayed,
  delivery: Type.Object({ mode: Type.Optional(Type.String()), url: Url, secret: Type.String() }),
  ttlMs: Type.Optional(Type.Union([Type.Null(), Type.Integer({ minimum: 0 })])),
});
const Unsubscribe = Type.Object({ ...Followed, delivery: Type.Object({ url: Url }) });
const readPoll = wireCheck(Poll, 'The request');
const readSubscribe = wireCheck(Subscribe, 'The request');
const readUnsubscribe = wireCheck(Unsubscribe, 'The request');

export interface EventCaller {
  readonly principal: Principal;
  readonly operations: McpOperations;
}

/** Offers events of approvals and runs to clients that poll, or that have an address to deliver to. */
export function addEvents(
  { server }: McpServer,
  sdk: McpSdk,
  { principal, operations }: EventCaller,
  subscriptions: EventSubscriptions,
  toError: (thrown: unknown) => Error,
): void {
  const params = sdk.fromJsonSchema({ type: 'object' });
  const handle = (method: string, answer: (given: unknown) => Promise<Record<string, unknown>>): void => {
    server.setRequestHandler(method, { params }, async (given) => {
      try {
        return await answer(given);
      } catch (thrown) {
        throw toError(thrown);
      }
    });
  };
  handle('events/list', () => Promise.resolve({ events: listed(principal) }));
  handle('events/poll', (given) => poll(given, principal, operations));
  handle('events/subscribe', (given) => {
    const { delivery, cursor = null, maxAgeMs = Infinity, ttlMs, ...followed } = readSubscribe(given);
    requireWebhook(delivery.mode);
    const request = {
      ...targetOf(followed, delivery.url),
      secret: delivery.secret,
      cursor: cursor === null ? null : Number(cursor),
      maxAgeMs,
      ttlMs: ttlOf(ttlMs),
    };
    return subscriptions.subscribe(request, principal, operations);
  });
  handle('events/unsubscribe', async (given) => {
    const { delivery, ...followed } = readUnsubscribe(given);
    await subscriptions.unsubscribe(targetOf(followed, delivery.url), principal);
    return {};
  });
}

function listed({ scopes }: Principal): object[] {
  return EVENT_KINDS.filter(({ scope }) => scopes.has(scope)).flatMap(({ names, input, payload }) =>
    names.map((name) => ({
      name,
      delivery: ['poll', 'webhook'],
      inputSchema: plainSchema(input as Parameters<typeof plainSchema>[0]),
      payloadSchema: payload(name),
    })),
  );
}

async function poll(given: unknown, principal: Principal, { invoke }: McpOperations) {
  const { name, arguments: rawArgs = {}, cursor = null, maxAgeMs = Infinity, maxEvents = EVENT_PAGE } = readPoll(given);
  const kind = knownKind(name);
  requireScope(principal, kind.scope);
  const args = readEventArguments(kind, rawArgs);
  if (cursor === null) {
    const tail = await kind.tail(args, invoke);
    return { events: [], cursor: String(tail), truncated: false, hasMore: false, nextPollMs: POLL_MS };
  }
  const { page, isCut } = await readKept((after) => kind.read(name, args, after, invoke), Number(cursor));
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

function targetOf(followed: { readonly name: string; readonly arguments?: unknown }, url: string): SubscriptionTarget {
  const { name, arguments: args = {} } = followed;
  const kind = knownKind(name);
  return { kind, name, args: readEventArguments(kind, args), url };
}

/** @throws AssentError not_found */
function knownKind(name: string): EventKind {
  const kind = eventKindOf(name);
  if (kind) return kind;
  throw new AssentError('not_found', `There is no event "${name.slice(0, NAME_MAX_CHARS)}". events/list has them.`, {
    kind: 'event',
    pointer: '/name',
  });
}

/** @throws AssentError invalid */
function requireWebhook(mode = 'webhook'): void {
  if (mode === 'webhook') return;
  throw new AssentError('invalid', `Events are not delivered by "${mode.slice(0, NAME_MAX_CHARS)}". Use "webhook".`, {
    feature: 'deliveryMode',
    value: mode.slice(0, NAME_MAX_CHARS),
  });
}
