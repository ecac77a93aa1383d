import { Worker } from 'node:worker_threads';

/** Indexes of the stop flag of the thread and of its round count. */
const STOP = 0;
const ROUNDS = 1;

/**
 * Changes the workspace in another thread, as fast as possible, while `work` runs.
 * @param round JavaScript statements of one round, with access to `fs` (node:fs), `data`, `round` (a number) and
 * `attempt(work)`, which swallows errors of `work`, because any file may be gone during the race
 * @returns the number of rounds
 */
export async function whileRacing(round: string, data: object, work: () => Promise<void>): Promise<number> {
  const control = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT);
  const flags = new Int32Array(control);
  const worker = new Worker(
    `const { workerData: { data, control } } = require('node:worker_threads');
     const fs = require('node:fs');
     const flags = new Int32Array(control);
     const attempt = (work) => { try { work(); return true; } catch { return false; } };
     for (let round = 0; Atomics.load(flags, ${STOP}) === 0; round = Atomics.add(flags, ${ROUNDS}, 1) + 1) { ${round} }`,
    { eval: true, workerData: { data, control } },
  );
  const ended = new Promise((resolve, reject) => worker.once('exit', resolve).once('error', reject));
  try {
    await new Promise((resolve) => worker.once('online', resolve));
    await work();
  } finally {
    Atomics.store(flags, STOP, 1);
    await ended;
  }
  return Atomics.load(flags, ROUNDS);
}
