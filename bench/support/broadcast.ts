import { setTimeout as delay } from 'node:timers/promises';

/** The task of both SSE servers of the comparison. */
export interface Broadcast {
  readonly channels: number;
  readonly frames: number;
  readonly intervalMs: number;
}

export interface Opened {
  readonly url: string;
  /** Path of the stream of each channel. */
  readonly paths: readonly string[];
}

const NS_PER_MS = 1e6;

/** What a model writes in one go. */
export const DELTA_TEXT = 'a delta is some words long, as a model writes them';

/** Publishes on every channel at its rate; channels take turns, so that they do not all speak in the same instant. */
export async function broadcast(
  { channels, frames, intervalMs }: Broadcast,
  publish: (channel: number, seq: number) => Promise<void> | void,
): Promise<void> {
  const startedAt = performance.now();
  const speak = async (channel: number): Promise<void> => {
    for (let seq = 1; seq <= frames; seq += 1) {
      const due = startedAt + (seq - 1 + channel / channels) * intervalMs;
      await delay(Math.max(0, due - performance.now()));
      await publish(channel, seq);
    }
  };
  await Promise.all(Array.from({ length: channels }, (_, channel) => speak(channel)));
}

/** Milliseconds on the clock that all processes of a machine share. */
export function machineMs(): number {
  return Number(process.hrtime.bigint()) / NS_PER_MS;
}

/** Resident memory in bytes after everything unreachable has been let go. */
export function residentBytes(): number {
  globalThis.gc?.();
  return process.memoryUsage().rss;
}
