import type { FrameLine, StreamEncoding } from '@assent/runs';
import type { RequestId } from '../rpc/envelope';

/** Headers of every event stream: nothing on the way may store, change or hold it back. */
export const SSE_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
};

/** One frame goes to many clients: its text is made once. */
const eventTexts = new WeakMap<FrameLine, string>();

/** Native EventSource: no `event:` line for frames, so that a plain `onmessage` sees every one. */
export const EVENT_SOURCE_ENCODING: StreamEncoding = {
  frame(line) {
    const known = eventTexts.get(line);
    if (known !== undefined) return known;
    const text = `id: ${line.seq}\ndata: ${line.json}\n\n`;
    eventTexts.set(line, text);
    return text;
  },
  ping: pingEvent,
  gap: gapEvent,
  end: () => '',
};

/** The `stream` method by SSE: every frame a notification, the last event the response. */
export function rpcEncoding(id: RequestId): StreamEncoding {
  return {
    frame: (line) => `id: ${line.seq}\ndata: {"jsonrpc":"2.0","method":"frame","params":${line.json}}\n\n`,
    ping: pingEvent,
    gap: gapEvent,
    end: (cursor) =>
      `data: ${JSON.stringify({ jsonrpc: '2.0', id, result: { frames: [], cursor, tail: cursor, done: true } })}\n\n`,
  };
}

function pingEvent(tail: number): string {
  return `event: ping\ndata: {"tail":${tail}}\n\n`;
}

function gapEvent(earliest: number): string {
  return `event: gap\ndata: {"earliest":${earliest}}\n\n`;
}
