import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { startEmbeddedPostgres } from '@assent/platform';

/** A temporary folder with a Postgres in it: the embedded one as the server starts it, fsync on. */
export interface Place {
  readonly folder: string;
  readonly databaseUrl: string;
  remove(): Promise<void>;
}

/** A place in a folder that stays when the place is removed, with its database. */
export async function openKeptPlace(folder: string): Promise<Place> {
  await mkdir(folder, { recursive: true });
  const postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'data') });
  return { folder, databaseUrl: postgres.url, remove: () => postgres.stop() };
}

export async function openPlace(): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'assent-bench-'));
  try {
    const postgres = await startEmbeddedPostgres({ dataDir: join(folder, 'data') });
    return {
      folder,
      databaseUrl: postgres.url,
      remove: async () => {
        await postgres.stop();
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

export async function withClient<T>(databaseUrl: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: databaseUrl, application_name: 'assent-bench' });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Runs that no replica executes: they wait, or their lease is valid for an hour. */
export async function insertRuns(
  client: Client,
  ids: readonly string[],
  state: 'running' | 'waiting',
  seq: number,
): Promise<void> {
  await client.query(
    `insert into runs (id, tenant_id, requester, state, phase, step, fence, seq, lease_until, workspace, goal, request_id,
       params, recalled, created_at, updated_at)
     select id, 'local', 'developer', $2, 'plan', 1, 1, $3, now() + interval '1 hour', 'bench', 'Measure', 'bench',
       '{"goal":"Measure"}', '{}', now(), now()
     from unnest($1::uuid[]) as id`,
    [ids, state, seq],
  );
}
