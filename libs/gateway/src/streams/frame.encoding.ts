import type { FrameLine, StreamEncoding } from '@assent/runs';
import type { RequestId } from '../rpc/envelope';

/** Headers of every event stream: proxies must not store, change or buffer it. */
export const SSE_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
};

/** Cached text of each frame, because one frame goes to many clients. */
const eventTexts = new WeakMap<FrameLine, string>();

/** Native EventSource: frames have no `event:` line, so that `onmessage` receives every one. */
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

/** The `stream` method over SSE: every frame is a notification, and the last event is the response. */
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
