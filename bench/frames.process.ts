import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { frame } from '@assent/contract';
import { FrameAppender } from '@assent/runs';
import { openApp, type OwnApp } from './support/app';
import { serve } from './support/child';
import { insertRuns } from './support/place';

export interface FrameLoad {
  readonly runs: number;
  /** Frames that each run appends at once. */
  readonly each: number;
  readonly ms: number;
}

const commands = { open, append, insert };
export type FrameCommands = typeof commands;

interface Opened {
  readonly own: OwnApp;
  readonly client: Client;
}

/** The length of one piece of a model's output. */
const DELTA_TEXT = 'a delta is some words long, as a model writes them';
const COLUMNS = 7;

let opened: Opened | undefined;

async function open({ databaseUrl }: { databaseUrl: string }): Promise<void> {
  const own = await openApp(databaseUrl);
  const client = new Client({ connectionString: databaseUrl, application_name: 'assent-bench' });
  await client.connect();
  opened = { own, client };
}

/** Frames per second through the log's own appender: every run appends again as soon as its last frames are durable. */
async function append({ runs, each, ms }: FrameLoad): Promise<number> {
  const { own, client } = requireOpened();
  const appender = own.app.get(FrameAppender, { strict: false });
  const ids = Array.from({ length: runs }, () => randomUUID());
  await insertRuns(client, ids, 'running', 0);
  const frames = Array.from({ length: each }, () => frame('trace.delta', 1, { text: DELTA_TEXT }));
  const startedAt = performance.now();
  let count = 0;
  const produce = async (runId: string): Promise<void> => {
    while (performance.now() - startedAt < ms) {
      await appender.append({ runId, fence: 1 }, frames);
      count += each;
    }
  };
  await Promise.all(ids.map(produce));
  const perSecond = (count * 1_000) / (performance.now() - startedAt);
  await requireStored(client, ids, count);
  return perSecond;
}

/** Frames per second of a loop of one prepared multi-row INSERT of as many rows, on the same table and database. */
async function insert({ runs, each, ms }: FrameLoad): Promise<number> {
  const { client } = requireOpened();
  const ids = Array.from({ length: runs }, () => randomUUID());
  const rows = runs * each;
  const groups = Array.from({ length: rows }, (_, row) => {
    const numbers = Array.from({ length: COLUMNS }, (_column, column) => `$${row * COLUMNS + column + 1}`);
    return `(${numbers.join(', ')})`;
  });
  const text = `insert into frames (run_id, seq, tenant_id, at, type, step, body) values ${groups.join(', ')}`;
  const name = `insert_${rows}`;
  const body = JSON.stringify({ text: DELTA_TEXT });
  const startedAt = performance.now();
  let count = 0;
  for (let seq = 1; performance.now() - startedAt < ms; seq += each) {
    const at = new Date().toISOString();
    const values = ids.flatMap((id) =>
      Array.from({ length: each }, (_, index) => [id, seq + index, 'local', at, 'trace.delta', 1, body]).flat(),
    );
    await client.query({ name, text, values });
    count += rows;
  }
  const perSecond = (count * 1_000) / (performance.now() - startedAt);
  await requireStored(client, ids, count);
  return perSecond;
}

/** Every frame that was counted is in the table. */
async function requireStored(client: Client, ids: readonly string[], count: number): Promise<void> {
  const { rows } = await client.query<{ stored: number }>(
    'select count(*)::integer as stored from frames where run_id = any($1::uuid[])',
    [ids],
  );
  if (rows[0]?.stored !== count) throw new Error(`${count} frames were appended, ${rows[0]?.stored ?? 0} are stored.`);
}

function requireOpened(): Opened {
  if (!opened) throw new Error('open comes first.');
  return opened;
}

serve(commands, async () => {
  await opened?.client.end();
  await opened?.own.close();
});
