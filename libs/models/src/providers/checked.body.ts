import { createParser } from 'eventsource-parser';
import { ChatRepair } from './chat.repair';
import { errorIn, pageWords, reportedFailure } from './endpoint.error';
import { quoted, type EndpointSecrets } from './endpoint.message';
import { ModelFailure } from './model.failure';

const DONE = '[DONE]';
/** Finish reasons of a truncated `chat` stream: the answer is incomplete. */
const BROKEN_REASONS: ReadonlySet<string> = new Set(['error', 'abort', 'engine_overloaded']);

/** Maximum length of the quoted start of a body that is not an event stream, in characters. */
const QUOTED_CHARS = 1_000;

type Send = (text: string) => void;

/** Reads a body piece by piece; `end` is called once, after the last piece. */
interface BodyReader {
  push(text: string): void;
  end(): void;
}

/**
 * Checks a successful response while it streams: an error in the body is thrown as a `ModelFailure` that quotes the
 * endpoint, instead of surfacing as an empty or unreadable answer.
 * @param dialect `chat` bodies are also repaired (`ChatRepair`); `native` ones pass unchanged
 */
export function checkedBody(response: Response, dialect: 'chat' | 'native', secrets: EndpointSecrets): Response {
  if (!response.ok || !response.body) return response;
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  let sniffed = '';
  let reader: BodyReader | null = null;
  const read = (text: string, send: Send): void => {
    if (!reader) {
      sniffed += text;
      const first = /\S/.exec(sniffed.replace(/^\uFEFF/u, ''))?.[0];
      if (first === undefined) return;
      reader = readerOf(first, dialect, secrets, send);
      reader.push(sniffed);
      return;
    }
    reader.push(text);
  };
  const checked = response.body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform: (piece, controller) => {
        read(decoder.decode(piece, { stream: true }), (text) => controller.enqueue(encoder.encode(text)));
      },
      flush: (controller) => {
        const send = (text: string) => controller.enqueue(encoder.encode(text));
        read(decoder.decode(), send);
        if (!reader) throw new ModelFailure('malformed', 'The model endpoint answered 200 with an empty body.');
        reader.end();
      },
    }),
  );
  const { status, statusText } = response;
  const headers = new Headers(response.headers);
  headers.set('content-type', 'text/event-stream');
  return new Response(checked, { status, statusText, headers });
}

/** Chooses the reader by the first character, because content types are unreliable. */
function readerOf(first: string, dialect: 'chat' | 'native', secrets: EndpointSecrets, send: Send): BodyReader {
  if (first === '<') return pageReader(secrets);
  if (first === '{' || first === '[') return documentReader(dialect, secrets, send);
  return eventReader(dialect, secrets, send);
}

function pageReader(secrets: EndpointSecrets): BodyReader {
  let html = '';
  return {
    push: (text) => {
      html += text;
    },
    end: () => {
      const words = quoted(pageWords(html), secrets);
      throw new ModelFailure('malformed', `The model endpoint answered 200 with a page instead of an answer: ${words}`);
    },
  };
}

/** Reads one JSON document, or one per line. */
function documentReader(dialect: 'chat' | 'native', secrets: EndpointSecrets, send: Send): BodyReader {
  let json = '';
  return {
    push: (text) => {
      json += text;
    },
    end: () => {
      const repair = new ChatRepair();
      for (const document of documentsOf(json, secrets)) {
        const error = errorIn(document);
        if (error !== undefined) throw reportedFailure(error, secrets);
        if (dialect === 'native' || !isObject(document) || !Array.isArray(document['choices'])) {
          const words = quoted(JSON.stringify(document), secrets);
          throw new ModelFailure('malformed', `The model endpoint answered 200 without an answer: ${words}`);
        }
        send(eventOf(chunkOf(repair, document)));
      }
      const ending = repair.ending();
      if (ending) send(eventOf(ending));
      send(`data: ${DONE}\n\n`);
    },
  };
}

function documentsOf(json: string, secrets: EndpointSecrets): unknown[] {
  try {
    return [JSON.parse(json)];
  } catch {
    // The body may hold one document per line.
    try {
      return json
        .split('\n')
        .filter((line) => line.trim() !== '')
        .map((line): unknown => JSON.parse(line));
    } catch {
      throw unreadable(json, secrets);
    }
  }
}

function eventReader(dialect: 'chat' | 'native', secrets: EndpointSecrets, send: Send): BodyReader {
  const repair = new ChatRepair();
  let isDone = false;
  const parser = createParser({
    onEvent: ({ event, data }) => {
      if (data.trim() === DONE) {
        const ending = dialect === 'chat' ? repair.ending() : null;
        if (ending) send(eventOf(ending));
        isDone = true;
        if (dialect === 'native') send(`data: ${DONE}\n\n`);
        return;
      }
      if (data.trim() === '') return;
      if (dialect === 'native') {
        const error = event === 'error' ? parsedOr(data) : errorIn(parsedOr(data));
        if (error !== undefined) throw reportedFailure(errorIn(error) ?? error, secrets);
        send(`${event === undefined ? '' : `event: ${event}\n`}data: ${data}\n\n`);
        return;
      }
      const body = parsedOr(data);
      const error = event === 'error' ? body : errorIn(body);
      if (error !== undefined) throw reportedFailure(errorIn(error) ?? error, secrets);
      if (!isObject(body)) throw unreadable(data, secrets);
      send(eventOf(chunkOf(repair, body)));
    },
  });
  let hasEvents = false;
  let text = '';
  return {
    push: (piece) => {
      if (!hasEvents) {
        // The first field may be split across two pieces.
        const seen = `${text}${piece}`;
        hasEvents = /(^|\n)(data|event|id|retry)?:/u.test(seen);
        text = seen.slice(0, QUOTED_CHARS);
      }
      parser.feed(piece);
    },
    end: () => {
      // The empty line after the last event may be missing.
      parser.feed('\n\n');
      if (!hasEvents) throw unreadable(text, secrets);
      if (dialect === 'native') return;
      if (!isDone && !repair.finished) {
        throw new ModelFailure(
          'connection',
          'The stream of the model endpoint ended before the answer did: it sent neither a finish reason nor [DONE].',
        );
      }
      send(`data: ${DONE}\n\n`);
    },
  };
}

/** @throws ModelFailure if the chunk marks the answer as incomplete */
function chunkOf(repair: ChatRepair, body: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const chunk = repair.chunk(body);
  const reasons = (chunk['choices'] as { finish_reason: string | null }[]).map(({ finish_reason: reason }) => reason);
  const broken = reasons.find((reason) => reason !== null && BROKEN_REASONS.has(reason));
  if (broken === undefined) return chunk;
  throw new ModelFailure(
    'server_error',
    `The model endpoint stopped before the end of the answer (finish reason "${broken ?? ''}").`,
  );
}

function parsedOr(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    // No dialect sends a bare string as an event, so this is text that is not JSON.
    return data;
  }
}

function unreadable(text: string, secrets: EndpointSecrets): ModelFailure {
  return new ModelFailure(
    'malformed',
    `The model endpoint sent an answer that cannot be read: ${quoted(text, secrets)}`,
  );
}

function eventOf(body: object): string {
  return `data: ${JSON.stringify(body)}\n\n`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
