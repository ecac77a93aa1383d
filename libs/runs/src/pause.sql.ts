import type { Pause } from '@assent/contract';
import { cte, sql, type Cte, type Sql } from '@assent/platform';
import { TENANT_PAUSES } from './runs.tables';

/** Channel on which the commit that pauses or resumes a tenant notifies the tenant's id. */
export const PAUSE_CHANNEL = 'assent_pauses';

/** Condition for a statement over `runs`: the tenant of the run is paused. */
export const IS_PAUSED: Sql = sql`exists (select from tenant_pauses where tenant_pauses.tenant_id = runs.tenant_id)`;

/**
 * Key of the advisory lock that every transaction with an effect of the tenant shares. It takes the lock before it reads
 * whether the tenant is paused. Once a pause is committed, an effect either holds this lock or sees the pause.
 */
export function pauseLock(tenantId: string): Sql {
  return sql`hashtextextended(${`pause ${tenantId}`}, 0)`;
}

/** Pauses the tenant; without a row: it is paused already. */
export function insertPause(tenantId: string, { reason, actor }: Pick<Pause, 'reason' | 'actor'>): Cte {
  const row = { tenantId, reason, actor, since: sql`date_trunc('milliseconds', now())` };
  return cte('insert_tenant_pauses', sql`${TENANT_PAUSES.insert(row)} on conflict do nothing returning tenant_id`);
}

/** Resumes the tenant; without a row: it was not paused. */
export function deletePause(tenantId: string): Cte {
  return cte('delete_tenant_pauses', sql`delete from tenant_pauses where tenant_id = ${tenantId} returning tenant_id`);
}

/** The last part of a statement: notifies all replicas of the change. */
export function notifyPause(changed: Cte): Sql {
  return sql`select pg_notify(${PAUSE_CHANNEL}, tenant_id) from ${changed}`;
}
