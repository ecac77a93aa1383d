import { Pool } from 'pg';
import { Database } from '../database';
import { sql, type Sql } from '../sql';
import { forTenant } from '../tenant.context';

/**
 * Commits in rounds a statement that is sent alone and two that form a group meanwhile, one of which fails.
 * @returns the number of statements by how they ended
 */
export async function commitFailingGroups(url: string, rounds: number): Promise<Record<string, number>> {
  const database = new Database(new Pool({ connectionString: url, pipeline: true }));
  await database.tenantIsolation();
  const groups: number[] = [];
  database.onGroup = ({ length }) => groups.push(length);
  const lock = { rowId: 'row', lockRows: () => sql`select 1` };
  const commit = (statement: Sql) => forTenant('grouped', () => database.queryInGroup(statement, lock));
  const ends: Record<string, number> = {};
  for (let round = 0; round < rounds; round += 1) {
    const results = await Promise.allSettled([sql`select 1`, sql`select 1 / 0`, sql`select 2`].map(commit));
    const end = `${results.map(({ status }) => status).join(' ')}, groups of ${groups.splice(0).join(' ')}`;
    ends[end] = (ends[end] ?? 0) + 1;
  }
  await database.close();
  return ends;
}
