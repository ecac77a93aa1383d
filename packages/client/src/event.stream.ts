import { AssentError } from './errors';
import { EventParser, type StreamEvent } from './event.parser';
import {
  unexpectedResponse,
  problemOf,
  readJson,
  type EventSourceConstructor,
  type HttpTransport,
} from './http.transport';

/**
 * Maximum length of an event in characters: well above the largest frame (escaped output of a tool), small enough for a
 * browser tab.
 */
const EVENT_MAX_CHARS = 16_777_216;
const TOO_LONG = `The stream holds an event of more than ${EVENT_MAX_CHARS} characters`;
const NO_CONTENT = 204;

/** The connection broke or stayed silent; the caller should reconnect. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}

export interface StreamRequest {
  readonly path: string;
  readonly query: Readonly<Record<string, string | number | undefined>>;
  /** Body of the request for a ticket. */
  readonly ticket: Readonly<Record<string, string>>;
}

export interface EventOptions {
  readonly signal: AbortSignal | undefined;
  /** Longest time without a byte, in milliseconds. */
  readonly idleTimeoutMs: number;
  /** The server has opened the stream. */
  readonly onOpen: () => void;
  /** Bytes have arrived or were waiting to be read, so the connection is alive. */
  readonly onAlive: () => void;
  readonly onRetry: (retryMs: number) => void;
}

/**
 * Events of one connection until the server ends it. Leaving the loop closes the connection.
 * @throws ConnectionLost; AssentHttpError (refused, or no event stream)
 */
export async function* openEvents(
  transport: HttpTransport,
  request: StreamRequest,
  options: EventOptions,
): AsyncGenerator<StreamEvent, void, undefined> {
  const { signal, idleTimeoutMs, onAlive } = options;
  const connection = new AbortController();
  const stop = (): void => connection.abort();
  signal?.addEventListener('abort', stop);
  let idleTimer = setTimeout(stop, idleTimeoutMs);
  const { eventSource } = transport;
  try {
    const batches = eventSource
      ? byTicket(transport, eventSource, request, connection.signal, options)
      : byFetch(transport, request, connection.signal, options);
    for await (const events of batches) {
      clearTimeout(idleTimer);
      onAlive();
      yield* events;
      // The time that a slow reader takes does not count as silence of the server.
      onAlive();
      idleTimer = setTimeout(stop, idleTimeoutMs);
    }
  } finally {
    clearTimeout(idleTimer);
    signal?.removeEventListener('abort', stop);
    connection.abort();
  }
}

/** The events that each chunk of bytes completes. */
async function* byFetch(
  transport: HttpTransport,
  { path, query }: StreamRequest,
  signal: AbortSignal,
  { onOpen, onRetry }: EventOptions,
): AsyncGenerator<StreamEvent[], void, undefined> {
  const headers = { accept: 'text/event-stream' };
  const response = await orLost(transport.send({ method: 'GET', path, query, headers, signal }));
  if (!response.ok) throw await orLost(problemOf(response));
  // The run has ended and all of it was read.
  if (response.status === NO_CONTENT) return;
  const type = response.headers.get('content-type') ?? '';
  if (!type.startsWith('text/event-stream') || !response.body) {
    throw unexpectedResponse(response.status, 'The answer is no event stream');
  }
  onOpen();
  const reader: ReadableStreamDefaultReader<Uint8Array> = response.body.getReader();
  const decoder = new TextDecoder();
  const parser = new EventParser(EVENT_MAX_CHARS, onRetry);
  for (;;) {
    const { done, value } = await orLost(reader.read());
    if (done) return;
    const events = parser.feed(decoder.decode(value, { stream: true }));
    if (!events) throw unexpectedResponse(response.status, TOO_LONG);
    yield events;
  }
}

/**
 * Uses a native EventSource. Its own reconnect would reuse a spent ticket, so each connection gets a new EventSource
 * and ticket.
 */
async function* byTicket(
  transport: HttpTransport,
  EventSource: EventSourceConstructor,
  { path, query, ticket: body }: StreamRequest,
  signal: AbortSignal,
  { onOpen }: EventOptions,
): AsyncGenerator<StreamEvent[], void, undefined> {
  const request = { method: 'POST' as const, path: 'stream-tickets', body, signal };
  const { ticket } = await orLost(transport.exchange(request, readJson<{ readonly ticket: string }>));
  let events: StreamEvent[] = [];
  const state = { isOpen: false, isOver: false };
  let wake = (): void => undefined;
  const on = (act: () => void) => (): void => {
    act();
    wake();
  };
  const source = new EventSource(String(transport.urlOf(path, { ...query, ticket })));
  const end = on(() => (state.isOver = true));
  for (const event of [undefined, 'ping', 'gap'] as const) {
    source.addEventListener(event ?? 'message', ({ data }) => on(() => events.push({ event, data: String(data) }))());
  }
  source.addEventListener('open', () => {
    state.isOpen = true;
    onOpen();
  });
  source.addEventListener('error', end);
  signal.addEventListener('abort', end);
  try {
    for (;;) {
      if (events.length === 0 && !state.isOver) await new Promise<void>((resolve) => (wake = resolve));
      const taken = events;
      events = [];
      if (taken.length > 0) yield taken;
      else if (state.isOver) break;
    }
    // An EventSource does not report why it was refused; a stream that was open may have been closed by the server.
    if (!state.isOpen || signal.aborted) throw new ConnectionLost('The connection was lost.');
  } finally {
    source.close();
    signal.removeEventListener('abort', end);
  }
}

/** Errors of fetch and its streams only report that the connection is lost. */
export async function orLost<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    if (cause instanceof AssentError) throw cause;
    throw new ConnectionLost('The connection was lost.', { cause });
  }
}
