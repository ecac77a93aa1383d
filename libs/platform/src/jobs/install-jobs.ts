import PgBoss from 'pg-boss';
import type { Client } from 'pg';
import { JOBS_SCHEMA, QUEUES } from './queues';

/** Makes, or brings up to date, the tables of the job queue and every queue. The caller MUST hold the migration lock. */
export async function installJobs(client: Client, databaseUrl: string): Promise<void> {
  const { rows } = await client.query<{ installed: boolean }>('select to_regclass($1) is not null as installed', [
    `${JOBS_SCHEMA}.version`,
  ]);
  if (rows[0]?.installed !== true) await client.query(PgBoss.getConstructionPlans(JOBS_SCHEMA));
  else await upgrade(databaseUrl);
  for (const [name, settings] of Object.entries(QUEUES)) {
    await client.query(`select ${JOBS_SCHEMA}.create_queue($1, $2)`, [
      name,
      { ...settings, policy: 'standard', retryBackoff: true },
    ]);
  }
}

/** Names of the queues that this version works with and the database does not have; changes nothing. */
export async function missingQueues(client: Client): Promise<string[]> {
  const names = Object.keys(QUEUES);
  const { rows } = await client.query<{ installed: boolean }>('select to_regclass($1) is not null as installed', [
    `${JOBS_SCHEMA}.queue`,
  ]);
  if (rows[0]?.installed !== true) return names;
  const there = await client.query<{ name: string }>(`select name from ${JOBS_SCHEMA}.queue`);
  return names.filter((name) => !there.rows.some((row) => row.name === name));
}

/** Another version of the library may have another schema. It brings the steps itself. */
async function upgrade(databaseUrl: string): Promise<void> {
  const boss = new PgBoss({
    connectionString: databaseUrl,
    schema: JOBS_SCHEMA,
    max: 1,
    supervise: false,
    schedule: false,
  });
  boss.on('error', () => undefined); // a failed step throws; the event says it a second time
  await boss.start();
  await boss.stop({ graceful: false });
}
