import { Injectable } from '@nestjs/common';
import { Database, cte, sql, withCtes } from '@assent/platform';
import { auditChange } from '@assent/audit';
import { publishEvent } from '@assent/outbox';
import type { Gain, Part, Side } from './drift';

export interface DriftState {
  readonly frozen: boolean;
  readonly since: string | null;
}

interface PartRow {
  readonly part: string;
  readonly arm: string;
  readonly runs: number;
  readonly successes: number;
  readonly from: Date;
  readonly to: Date;
}

const NOW = sql`date_trunc('milliseconds', now())`;

/** The data behind the gain, and the effect of its last check. */
@Injectable()
export class DriftRepository {
  constructor(private readonly database: Database) {}

  /** Both sides over the newest runs with an outcome, in parts with equal numbers of runs, oldest first. */
  async parts(tenantId: string, window: number, count: number): Promise<Part[]> {
    const rows = await this.database.queryDedicated<PartRow>(sql`
      select part, arm, count(*)::integer as runs, count(*) filter (where outcome = 'success')::integer as successes,
        min(created_at) as "from", max(created_at) as "to" from (
        select arm, outcome, created_at, (row_number() over (order by run_id desc) - 1) / ${Math.ceil(window / count)}::integer as part from (
          select arm, outcome, memory_recalls.created_at, run_id from memory_recalls join memory_experiences using (run_id)
          where memory_recalls.tenant_id = ${tenantId} order by run_id desc limit ${window}
        ) as recent
      ) as divided group by part, arm order by part desc`);
    return [...new Set(rows.map(({ part }) => part))].map((part) => {
      const own = rows.filter((row) => row.part === part);
      const side = (arm: string): Side => {
        const { runs = 0, successes = 0 } = own.find((row) => row.arm === arm) ?? {};
        return { runs, successes };
      };
      return {
        from: new Date(Math.min(...own.map(({ from }) => from.getTime()))),
        to: new Date(Math.max(...own.map(({ to }) => to.getTime()))),
        recall: side('recall'),
        control: side('control'),
      };
    });
  }

  async state(tenantId: string): Promise<DriftState> {
    const rows = await this.database.query<{ frozen: boolean; drift: { since: string } | null }>(
      sql`select frozen, drift from memory_heads where tenant_id = ${tenantId}`,
    );
    return { frozen: rows[0]?.frozen ?? false, since: rows[0]?.drift?.since ?? null };
  }

  /** Freezes promotion, with its webhook event and audit row, once. @returns false: it was frozen already */
  async freeze(
    tenantId: string,
    gain: Gain,
    sides: { readonly recall: Side; readonly control: Side },
  ): Promise<boolean> {
    const data = { gain, ...sides };
    const frozen = cte(
      'insert_memory_heads',
      sql`insert into memory_heads as old (tenant_id, frozen, drift, updated_at)
        values (${tenantId}, true, json_build_object('since', to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')), ${NOW})
        on conflict (tenant_id) do update set frozen = true, drift = excluded.drift, updated_at = excluded.updated_at where not old.frozen returning tenant_id`,
    );
    const entry = {
      action: 'memory.drift',
      actor: 'system:memory',
      subjectType: 'memory',
      subjectId: tenantId,
      hash: null,
      detail: data,
    } as const;
    const statement = withCtes(
      [frozen, ...publishEvent({ tenantId, type: 'memory.drift', data }, frozen), auditChange(tenantId, entry, frozen)],
      sql`select from ${frozen}`,
    );
    return (await this.database.queryDedicated(statement)).length > 0;
  }

  /** @returns false: it was not frozen */
  async thaw(tenantId: string, actor: string): Promise<boolean> {
    const thawed = cte(
      'update_memory_heads',
      sql`update memory_heads set frozen = false, drift = null, updated_at = ${NOW} where tenant_id = ${tenantId} and frozen returning tenant_id`,
    );
    const entry = {
      action: 'memory.thaw',
      actor,
      subjectType: 'memory',
      subjectId: tenantId,
      hash: null,
      detail: {},
    } as const;
    const rows = await this.database.query(
      withCtes([thawed, auditChange(tenantId, entry, thawed)], sql`select from ${thawed}`),
    );
    return rows.length > 0;
  }
}
