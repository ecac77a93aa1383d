import type { PoolClient } from 'pg';

/** Sends all that is written to a connection in this turn of the event loop in one write. */
export function batchWrites({ connection: { stream } }: PoolClient): void {
  if (stream.writableCorked > 0) return;
  stream.cork();
  setImmediate(() => {
    stream.uncork();
  });
}
