import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import {
  MESSAGE_MAX_BYTES,
  isMembers,
  refusal,
  tooLong,
  type ResponseTracker,
  type McpAnswer,
} from './response.tracker';
import { NotSent } from './mcp-failure';

/** Maximum bytes read of a failure. Its message is redacted and then cut further (mcp-failure.ts). */
const FAILURE_MAX_BYTES = 65_536;
const ACCEPTED = 202;
const NOT_FOUND = 404;
const SESSION_HEADER = 'mcp-session-id';

/** The message exceeds the maximum size. */
class TooLong extends Error {
  constructor() {
    super(`A message is longer than ${MESSAGE_MAX_BYTES} bytes.`);
  }
}

type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

/** A fetch that passes every response to a tool request through the tracker, regardless of status, type or length. */
export function answeringFetch(answers: ResponseTracker): Fetch {
  return async (url, init) => {
    const response = await fetch(url, init);
    const id = requestIn(init, answers);
    const type = response.headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
    if (response.ok && type === 'text/event-stream' && response.body) {
      return withBody(response, ReadableStream.from(eventsOf(response.body, answers, id)));
    }
    if (id === null || response.status === ACCEPTED) {
      return response.body ? withBody(response, response.body.pipeThrough(bounded())) : response;
    }
    if (response.status === NOT_FOUND && new Headers(init?.headers).has(SESSION_HEADER)) {
      throw new NotSent('The server has ended the session.');
    }
    return Response.json(await messagesIn(response, type, answers, id));
  };
}

/** Id of the request being sent if the tracker expects its answer, else null. */
function requestIn(init: RequestInit | undefined, answers: ResponseTracker): string | null {
  if (typeof init?.body !== 'string') return null;
  const message: unknown = JSON.parse(init.body);
  const id = isMembers(message) ? String(message['id']) : '';
  return answers.expects(id) ? id : null;
}

async function messagesIn(
  response: Response,
  type: string,
  answers: ResponseTracker,
  id: string,
): Promise<JSONRPCMessage[]> {
  if (!response.ok) return [answers.receipt(id, await refusalIn(response))];
  if (type !== 'application/json') {
    await response.body?.cancel();
    const why = `its content type is ${JSON.stringify(type)}, neither JSON nor an event stream`;
    return [answers.receipt(id, { kind: 'unusable', why })];
  }
  const { text, isCut } = await readUpTo(response, MESSAGE_MAX_BYTES);
  if (isCut) return [answers.receipt(id, tooLong())];
  const messages = readable(text, answers);
  const answer = { kind: 'unusable', why: 'it is no JSON-RPC response to the request' } as const;
  return answers.expects(id) ? [...messages, answers.receipt(id, answer)] : messages;
}

async function refusalIn(response: Response): Promise<McpAnswer> {
  const { text } = await readUpTo(response, FAILURE_MAX_BYTES);
  try {
    const value: unknown = JSON.parse(text);
    if (isMembers(value) && isMembers(value['error'])) return refusal(value['error'], response.status);
  } catch {
    // Not JSON: use the text itself as the message.
  }
  return refusal(text, response.status);
}

/** The same events with receipts in place of the answers. */
async function* eventsOf(
  body: ReadableStream<Uint8Array>,
  answers: ResponseTracker,
  id: string | null,
): AsyncGenerator<Uint8Array> {
  const out: string[] = [];
  const seen = { id: false };
  const parser = createParser({
    maxBufferSize: MESSAGE_MAX_BYTES,
    onEvent: (event) => {
      seen.id ||= event.id !== undefined;
      out.push(eventText(event, answers));
    },
    onRetry: (ms) => {
      out.push(`retry: ${ms}\n\n`);
    },
    onError: ({ type }) => {
      if (type === 'max-buffer-size-exceeded') throw new TooLong();
    },
  });
  const decoder = new TextDecoder();
  try {
    for await (const chunk of body) {
      parser.feed(decoder.decode(chunk, { stream: true }));
      if (out.length > 0) yield Buffer.from(out.splice(0).join(''));
    }
  } catch (thrown) {
    if (id === null || !answers.expects(id) || (seen.id && !(thrown instanceof TooLong))) throw thrown;
    yield receiptEvent(answers, id, thrown instanceof TooLong ? tooLong() : { kind: 'lost' });
  }
  // A resumable stream may still deliver the answer.
  if (id !== null && !seen.id && answers.expects(id)) yield receiptEvent(answers, id, { kind: 'lost' });
}

function eventText({ id, event, data }: EventSourceMessage, answers: ResponseTracker): string {
  const messages = data === '' ? [] : readable(data, answers).map((message) => JSON.stringify(message));
  // Pass text that holds no message on to the SDK, which reports it.
  const texts = messages.length > 0 ? messages : [data];
  const head = `${id === undefined ? '' : `id: ${id}\n`}${event === undefined ? '' : `event: ${event}\n`}`;
  return texts
    .map((text, index) => `${index === 0 ? head : ''}data: ${text.replaceAll('\n', '\ndata: ')}\n\n`)
    .join('');
}

function receiptEvent(answers: ResponseTracker, id: string, answer: McpAnswer): Uint8Array {
  return Buffer.from(`data: ${JSON.stringify(answers.receipt(id, answer))}\n\n`);
}

/** The messages in a text; empty when the text holds no message. */
function readable(text: string, answers: ResponseTracker): JSONRPCMessage[] {
  try {
    return answers.readText(text);
  } catch {
    // The caller handles the empty result.
    return [];
  }
}

async function readUpTo(response: Response, maxBytes: number): Promise<{ text: string; isCut: boolean }> {
  const chunks: Uint8Array[] = [];
  let left = maxBytes;
  const body: ReadableStream<Uint8Array> | null = response.body;
  if (!body) return { text: '', isCut: false };
  for await (const chunk of body) {
    chunks.push(chunk.subarray(0, left));
    left -= chunk.length;
    if (left < 0) break;
  }
  return { text: Buffer.concat(chunks).toString('utf8'), isCut: left < 0 };
}

function withBody({ status, statusText, headers }: Response, body: ReadableStream<Uint8Array>): Response {
  return new Response(body, { status, statusText, headers });
}

/** Fails when a body exceeds the maximum message size. */
function bounded(): TransformStream<Uint8Array, Uint8Array> {
  let bytes = 0;
  return new TransformStream({
    transform(chunk, controller) {
      bytes += chunk.length;
      if (bytes > MESSAGE_MAX_BYTES) controller.error(new TooLong());
      else controller.enqueue(chunk);
    },
  });
}
