import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { AssentHttpError } from './errors';
import { unexpectedResponse, problemOf, type TransportRequest, type HttpTransport } from './http.transport';

/** Longest event in characters: well above the largest frame (an answer of a tool, escaped), below what hurts a browser tab. */
const EVENT_MAX_CHARS = 16_777_216;
const TOO_LONG = `The stream holds an event of more than ${EVENT_MAX_CHARS} characters.`;

/** The connection broke or stayed silent: worth another one. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}

export interface EventOptions {
  readonly signal: AbortSignal | undefined;
  /** Longest time without a byte, in milliseconds. */
  readonly idleTimeoutMs: number;
  /** Bytes have come, or were waiting to be taken: somebody is there. */
  readonly onAlive: () => void;
  readonly onRetry: (retryMs: number) => void;
}

/**
 * Events of one connection until the server ends it. Leaving the loop closes the connection.
 * @throws ConnectionLost; AssentHttpError (refused, or no event stream)
 */
export async function* openEvents(
  transport: HttpTransport,
  request: TransportRequest,
  { signal, idleTimeoutMs, onAlive, onRetry }: EventOptions,
): AsyncGenerator<EventSourceMessage, void, undefined> {
  const connection = new AbortController();
  const stop = (): void => connection.abort();
  signal?.addEventListener('abort', stop);
  let idleTimer = setTimeout(stop, idleTimeoutMs);
  try {
    const response = await orLost(transport.send({ ...request, signal: connection.signal }));
    if (!response.ok) throw await orLost(problemOf(response));
    for await (const events of parse(response, onRetry)) {
      clearTimeout(idleTimer);
      onAlive();
      yield* events;
      // A reader that takes its time is no silence of the server.
      onAlive();
      idleTimer = setTimeout(stop, idleTimeoutMs);
    }
  } finally {
    clearTimeout(idleTimer);
    signal?.removeEventListener('abort', stop);
    connection.abort();
  }
}

/** For every chunk of bytes the events that it completes. */
async function* parse(
  response: Response,
  onRetry: (retryMs: number) => void,
): AsyncGenerator<EventSourceMessage[], void, undefined> {
  const type = response.headers.get('content-type') ?? '';
  if (!type.startsWith('text/event-stream') || !response.body) {
    throw unexpectedResponse(
      response.status,
      'The answer is no event stream: check that the address is that of an Assent server.',
    );
  }
  const reader: ReadableStreamDefaultReader<Uint8Array> = response.body.getReader();
  const decoder = new TextDecoder();
  let events: EventSourceMessage[] = [];
  const parser = createParser({
    onEvent: (event) => events.push(event),
    onRetry,
    onError: ({ type: problem }) => {
      // Unknown fields are to be ignored; this one ends the stream.
      if (problem === 'max-buffer-size-exceeded') throw unexpectedResponse(response.status, TOO_LONG);
    },
    maxBufferSize: EVENT_MAX_CHARS,
  });
  for (;;) {
    const { done, value } = await orLost(reader.read());
    if (done) return;
    parser.feed(decoder.decode(value, { stream: true }));
    yield events;
    events = [];
  }
}

/** What fetch and its streams throw says nothing but that the connection is no more. */
export async function orLost<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    if (cause instanceof AssentHttpError) throw cause;
    throw new ConnectionLost('The connection was lost.', { cause });
  }
}
