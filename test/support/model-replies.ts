import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';

export interface Exchange {
  readonly body: { readonly model: string; readonly stream?: boolean };
  readonly response: ServerResponse;
}

/** Answers one call, well or badly. */
export type EndpointReply = (exchange: Exchange) => void | Promise<void>;

export interface Said {
  readonly reasoning?: readonly string[];
  readonly text?: readonly string[];
  /** `args` as a string is sent unchanged, valid JSON or not. */
  readonly calls?: readonly { readonly name: string; readonly args: string | object }[];
  readonly refusal?: string;
  /** Default: `tool_calls` with calls, else `stop`. null: none is sent. */
  readonly finish?: string | null;
  /** null: the endpoint reports none. */
  readonly usage?: {
    readonly prompt_tokens: number;
    readonly completion_tokens: number;
    readonly [more: string]: unknown;
  } | null;
}

const USAGE = { prompt_tokens: 100, completion_tokens: 20 };
const DONE = 'data: [DONE]\n\n';

/** A complete answer, streamed if the call asks for a stream. */
export function says(said: Said): EndpointReply {
  return ({ body, response }) => {
    if (body.stream !== true) {
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify(completionOf(said, body.model)));
      return;
    }
    openStream(response);
    for (const chunk of chunksOf(said, body.model)) response.write(chunk);
    response.end(DONE);
  };
}

/** An answer that is this JSON value: what structured calls want. */
export function saysJson(value: unknown, rest: Omit<Said, 'text'> = {}): EndpointReply {
  return says({ ...rest, text: [JSON.stringify(value)] });
}

export function refuses(words = 'I cannot help with that.'): EndpointReply {
  return says({ refusal: words });
}

/** 200, a stream, and nothing in it. */
export function saysNothing(): EndpointReply {
  return says({});
}

export function failsWith(
  status: number,
  headers: Readonly<Record<string, string>> = {},
  words = `scripted ${status}`,
): EndpointReply {
  return ({ response }) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify({ error: { message: words } }));
  };
}

/** Says this much, then reports an error in the stream, in these words. */
export function failsMidway(said: Said, words: string): EndpointReply {
  return ({ body, response }) => {
    openStream(response);
    for (const piece of chunksOf({ usage: null, finish: null, ...said }, body.model)) response.write(piece);
    response.end(`data: ${JSON.stringify({ error: { message: words } })}\n\n`);
  };
}

export function resetsBeforeHeaders(): EndpointReply {
  return ({ response }) => void response.socket?.resetAndDestroy();
}

export function resetsAfterHeaders(): EndpointReply {
  return async ({ response }) => {
    openStream(response);
    await flushed(response, ': hello\n\n');
    response.socket?.resetAndDestroy();
  };
}

/** Says this much; then the connection breaks, or the stream ends as if it were whole, without a finish reason. */
export function breaksOff(said: Said, how: 'reset' | 'end'): EndpointReply {
  return async ({ body, response }) => {
    openStream(response);
    await flushed(response, chunksOf({ usage: null, finish: null, ...said }, body.model).join(''));
    if (how === 'reset') response.socket?.resetAndDestroy();
    else response.end();
  };
}

/** Goes silent where the named clock runs; `before` is said until then. The client has to go away. */
export function silentAt(
  clock: 'headers' | 'first_content' | 'gap',
  before: Said = { text: ['I will '] },
): EndpointReply {
  return ({ body, response }) => {
    if (clock === 'headers') return;
    openStream(response);
    // Comments keep a connection alive; they are not content.
    response.write(': thinking\n\n');
    if (clock === 'gap') response.write(chunksOf({ usage: null, finish: null, ...before }, body.model).join(''));
  };
}

/** Endless: one piece every `everyMs` until the client disconnects. */
export function dripsForEver(everyMs: number, piece = 'still '): EndpointReply {
  return async ({ body, response }) => {
    openStream(response);
    while (!response.destroyed) {
      response.write(chunk(body.model, { delta: { content: piece } }));
      await pause(everyMs);
    }
  };
}

/** 200 and these bytes. */
export function sendsRaw(body: string | Buffer, contentType = 'text/event-stream'): EndpointReply {
  return ({ response }) => void response.writeHead(200, { 'content-type': contentType }).end(body);
}

/** Endless text, as fast as it is read. */
export function floods(piece = 'x'.repeat(64 * 1_024)): EndpointReply {
  return async ({ body, response }) => {
    openStream(response);
    const text = chunk(body.model, { delta: { content: piece } });
    const endless = function* () {
      for (;;) yield text;
    };
    // It ends when the client has gone away.
    await pipeline(Readable.from(endless()), response).catch(() => undefined);
  };
}

function openStream(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  response.flushHeaders();
}

/** Resolves when the bytes have left for the socket. */
function flushed(response: ServerResponse, text: string): Promise<void> {
  return new Promise((resolve) => {
    response.write(text, () => resolve());
  });
}

function chunksOf(said: Said, model: string): string[] {
  const { reasoning = [], text = [], calls = [], refusal, usage = USAGE } = said;
  const finish = said.finish === undefined ? (calls.length > 0 ? 'tool_calls' : 'stop') : said.finish;
  return [
    chunk(model, { delta: { role: 'assistant' } }),
    ...reasoning.map((piece) => chunk(model, { delta: { reasoning_content: piece } })),
    ...text.map((piece) => chunk(model, { delta: { content: piece } })),
    ...(refusal === undefined ? [] : [chunk(model, { delta: { refusal } })]),
    ...calls.flatMap((call, index) => callChunks(model, call, index)),
    ...(finish === null ? [] : [chunk(model, { delta: {}, finish_reason: finish })]),
    ...(usage === null ? [] : [chunk(model, null, usage)]),
  ];
}

/** A call in two pieces, as endpoints send it: the name with the first half of the arguments, then the rest. */
function callChunks(model: string, call: { name: string; args: string | object }, index: number): string[] {
  const args = argsText(call.args);
  const half = Math.ceil(args.length / 2);
  const piece = (part: object) => chunk(model, { delta: { tool_calls: [{ index, ...part }] } });
  return [
    piece({ id: `call_${index}`, type: 'function', function: { name: call.name, arguments: args.slice(0, half) } }),
    piece({ function: { arguments: args.slice(half) } }),
  ];
}

function completionOf(said: Said, model: string): unknown {
  const { reasoning = [], text = [], calls = [], refusal, usage = USAGE, finish } = said;
  const message = {
    role: 'assistant',
    content: text.join(''),
    ...(reasoning.length > 0 ? { reasoning_content: reasoning.join('') } : {}),
    ...(refusal === undefined ? {} : { refusal }),
    ...(calls.length > 0
      ? {
          tool_calls: calls.map(({ name, args }, index) => ({
            id: `call_${index}`,
            type: 'function',
            function: { name, arguments: argsText(args) },
          })),
        }
      : {}),
  };
  const finish_reason = finish ?? (calls.length > 0 ? 'tool_calls' : 'stop');
  return { id: 'cmpl_1', model, choices: [{ index: 0, message, finish_reason }], ...(usage === null ? {} : { usage }) };
}

function argsText(args: string | object): string {
  return typeof args === 'string' ? args : JSON.stringify(args);
}

function chunk(model: string, choice: object | null, usage?: object): string {
  const choices = choice === null ? [] : [{ index: 0, ...choice }];
  const body = { id: 'cmpl_1', object: 'chat.completion.chunk', model, choices, ...(usage ? { usage } : {}) };
  return `data: ${JSON.stringify(body)}\n\n`;
}
