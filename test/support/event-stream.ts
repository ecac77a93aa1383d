import { createParser, type EventSourceMessage } from 'eventsource-parser';
import type { Caller } from './caller';

export interface Reading {
  readonly status: number;
  readonly headers: Headers;
  readonly events: readonly EventSourceMessage[];
  /** The server ended it; false: this side left. */
  readonly ended: boolean;
}

export interface ReadOptions {
  readonly init?: RequestInit;
  /** Leave after the first event that matches. */
  readonly until?: (event: EventSourceMessage) => boolean;
  /** Leave after this many bytes, also in the middle of an event. */
  readonly maxBytes?: number;
  readonly opened?: () => void;
}

/** Reads an event stream with a third-party parser, to its end or as far as requested. */
export async function readEvents(caller: Caller, path: string, options: ReadOptions = {}): Promise<Reading> {
  const { init, until, maxBytes = Number.POSITIVE_INFINITY, opened } = options;
  const abort = new AbortController();
  const response = await caller.fetch(path, { ...init, signal: abort.signal });
  const events: EventSourceMessage[] = [];
  const reader = { enough: false };
  const parser = createParser({
    onEvent: (event) => {
      if (!reader.enough) events.push(event);
      reader.enough ||= until?.(event) ?? false;
    },
  });
  const decoder = new TextDecoder();
  let left = maxBytes;
  const { status, headers } = response;
  try {
    for await (const chunk of response.body ?? []) {
      const bytes = (chunk as Uint8Array).subarray(0, left);
      opened?.();
      parser.feed(decoder.decode(bytes, { stream: true }));
      left -= bytes.length;
      if (!reader.enough && left > 0) continue;
      abort.abort();
      return { status, headers, events, ended: false };
    }
  } catch (error) {
    if (!abort.signal.aborted) throw error;
  }
  return { status, headers, events, ended: true };
}

/** The frames' lines, as they came. */
export function linesOf({ events }: Reading): string[] {
  return events.filter(({ event }) => event === undefined).map(({ data }) => data);
}

export function framesPath(runId: string, query = ''): string {
  return `/runs/${runId}/frames${query}`;
}
