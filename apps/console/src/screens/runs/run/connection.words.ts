import type { FeedStatus } from './run.feed';

/** Below this a run is not called behind: the frames are on their way. */
const BEHIND_FROM = 50;

/** What the connection line says, before it is put into words. */
export type ConnectionLine =
  | { readonly kind: 'loading' | 'paused' }
  | { readonly kind: 'live' | 'ended'; readonly seq: number }
  | { readonly kind: 'behind'; readonly missing: number }
  | { readonly kind: 'lost'; readonly seq: number; readonly inSeconds: number }
  | { readonly kind: 'failed'; readonly seq: number; readonly error: unknown };

export function lineOf({ connection, retryAt, tail, error }: FeedStatus, seq: number, nowMs: number): ConnectionLine {
  switch (connection) {
    case 'paused':
      return { kind: 'paused' };
    case 'ended':
      return { kind: 'ended', seq };
    case 'failed':
      return { kind: 'failed', seq, error };
    case 'lost':
      return { kind: 'lost', seq, inSeconds: Math.max(0, Math.ceil(((retryAt ?? nowMs) - nowMs) / 1_000)) };
    case 'connecting':
    case 'live': {
      const missing = tail - seq;
      if (missing >= BEHIND_FROM) return { kind: 'behind', missing };
      return connection === 'live' ? { kind: 'live', seq } : { kind: 'loading' };
    }
  }
}
