import { HttpAgent, type HttpAgentConfig } from '@ag-ui/client';
import { Pauses, pauseMs } from '../back-off';
import { EventParser } from '../event.parser';

type Fetch = NonNullable<HttpAgentConfig['fetch']>;

/** Pause before the first reconnect. */
const RETRY_MS = 1_000;
/** The server sends a ping every 15 s: a longer silence is a lost connection. */
const IDLE_MS = 45_000;
const RETRYABLE = new Set([429, 502, 503, 504]);
const ENDS = new Set(['RUN_FINISHED', 'RUN_ERROR']);

/** Events that have a matching end event, with that event and the property that holds their common id. */
const PAIRS: Readonly<Record<string, readonly [end: string, id: string]>> = {
  STEP_STARTED: ['STEP_FINISHED', 'stepName'],
  TEXT_MESSAGE_START: ['TEXT_MESSAGE_END', 'messageId'],
  REASONING_START: ['REASONING_END', 'messageId'],
  REASONING_MESSAGE_START: ['REASONING_MESSAGE_END', 'messageId'],
  TOOL_CALL_START: ['TOOL_CALL_END', 'toolCallId'],
};

/** The parts of an event that are read here. */
interface NumberedEvent {
  readonly type: string;
  readonly metadata?: { readonly 'assent/seq'?: number };
  readonly [property: string]: unknown;
}

/**
 * An HttpAgent for `POST /ag-ui` whose runs survive a lost connection and a restart of the server: it reconnects and
 * continues after the last event that it has received. Everything else is as in HttpAgent.
 */
export class AssentAgent extends HttpAgent {
  constructor(config: HttpAgentConfig) {
    super({ ...config, fetch: resumingFetch(config.fetch ?? ((url, init) => fetch(url, init))) });
  }
}

/**
 * A fetch whose event streams survive a lost connection: the body continues over further connections until the run
 * ends.
 */
function resumingFetch(send: Fetch): Fetch {
  return async (url, init) => {
    const response = await send(url, init);
    if (!response.ok || !response.body) return response;
    const events = resumedEvents(
      response,
      (after) => send(url, { ...init, body: bodyAfter(init.body, after) }),
      init.signal,
    );
    const encoder = new TextEncoder();
    const body = new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        const { done, value } = await events.next();
        if (done === true) controller.close();
        else controller.enqueue(encoder.encode(`data: ${value}\n\n`));
      },
      cancel: async () => {
        await events.return();
      },
    });
    const { status, headers } = response;
    return new Response(body, { status, headers });
  };
}

/** The same input, for the frames after one. */
function bodyAfter(body: RequestInit['body'], after: number): string {
  const input = JSON.parse(body as string) as { readonly forwardedProps?: { readonly assent?: object } };
  const { forwardedProps } = input;
  const assent = { ...forwardedProps?.assent, after };
  return JSON.stringify({ ...input, forwardedProps: { ...forwardedProps, assent } });
}

/**
 * The events of a run, each once.
 * @throws Error when the server refuses to continue; the reason of the signal
 */
async function* resumedEvents(
  first: Response,
  reconnect: (after: number) => Promise<Response>,
  signal: AbortSignal | null | undefined,
): AsyncGenerator<string, void, undefined> {
  // Events of one frame have one seq and always the same order, so their number identifies the ones that were passed
  // on.
  let seq = 0;
  let passed = 0;
  let isStarted = false;
  let isEnded = false;
  let fruitless = 0;
  /** The events that end everything that is open. */
  let open: string[] = [];
  const pauses = new Pauses();
  for (let response: Response | null = first; ; response = null) {
    try {
      response ??= await reconnect(Math.max(0, seq - 1));
      if (!response.ok && !RETRYABLE.has(response.status)) {
        throw new RefusedError(`The server refuses to continue: HTTP ${response.status} ${await response.text()}`);
      }
      let seen = 0;
      for await (const data of response.ok ? eventsOf(response) : []) {
        const event = JSON.parse(data) as NumberedEvent;
        const of = event.metadata?.['assent/seq'] ?? seq;
        if (of < seq) continue;
        // Frames that this client has not received were deleted: the run starts again with its current state, after the
        // first frame.
        const isAnew = isStarted && event.type === 'RUN_STARTED' && of > 1;
        if (of > seq || isAnew) [seq, passed, seen] = [of, 0, 0];
        seen += 1;
        if (seen <= passed) continue;
        passed = seen;
        fruitless = 0;
        isStarted = true;
        isEnded = ENDS.has(event.type);
        if (isAnew) yield* open.splice(0);
        else yield data;
        open = openAfter(open, event);
      }
    } catch (error) {
      if (error instanceof RefusedError) throw error;
      signal?.throwIfAborted();
    }
    if (isEnded) return;
    await pauses.wait(pauseMs(RETRY_MS, fruitless, Math.random()), signal ?? undefined);
    signal?.throwIfAborted();
    fruitless += 1;
  }
}

/** @param open the events that end what was open before the event, the last opened first */
function openAfter(open: readonly string[], event: NumberedEvent): string[] {
  const [end, id] = PAIRS[event.type] ?? [];
  if (end !== undefined && id !== undefined) return [JSON.stringify({ type: end, [id]: event[id] }), ...open];
  const [, ended] = Object.values(PAIRS).find(([type]) => type === event.type) ?? [];
  if (ended === undefined) return [...open];
  const closed = JSON.stringify({ type: event.type, [ended]: event[ended] });
  return open.filter((each) => each !== closed);
}

class RefusedError extends Error {}

/** The data of the events of one connection. */
async function* eventsOf(response: Response): AsyncGenerator<string, void, undefined> {
  const reader: ReadableStreamDefaultReader<Uint8Array> | undefined = response.body?.getReader();
  if (!reader) return;
  const decoder = new TextDecoder();
  const parser = new EventParser(Infinity, () => undefined);
  try {
    for (;;) {
      const { done, value } = await withinTime(reader.read());
      if (done) return;
      for (const { data } of parser.feed(decoder.decode(value, { stream: true })) ?? []) yield data;
    }
  } finally {
    void reader.cancel().catch(() => undefined);
  }
}

async function withinTime<T>(work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('The connection is silent.')), IDLE_MS);
  });
  try {
    return await Promise.race([work, silence]);
  } finally {
    clearTimeout(timer);
  }
}
