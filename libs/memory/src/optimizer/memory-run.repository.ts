import { Injectable } from '@nestjs/common';
import type { MemoryRun, MemoryStage, MemoryStep } from '@assent/contract';
import { Database, newId, sql, type Sql } from '@assent/platform';

/** A run of the agent that a replica executes. */
export interface OpenRun {
  readonly memoryRunId: string;
  readonly tenantId: string;
  readonly fence: number;
  readonly stage: MemoryStage;
  /** Position within the stage. */
  readonly position: string | null;
  readonly steps: readonly MemoryStep[];
  /** Consecutive replicas that were lost with the run since its last progress. */
  readonly takeovers: number;
}

interface RunRow extends Omit<MemoryRun, 'startedAt' | 'finishedAt' | 'stage' | 'steps'> {
  readonly cursor: { readonly stage: MemoryStage; readonly position: string | null; readonly takeovers?: number };
  readonly report: { readonly steps: MemoryStep[] };
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
  readonly fence: number;
  readonly tenantId: string;
}

/** A batch takes a second or two; a replica without a heartbeat for this long is considered lost. */
export const LEASE_SECONDS = 60;

/** Cut, because the column rounds: a lease that ends now would end up to half a millisecond later. */
const NOW = sql`date_trunc('milliseconds', now())`;
const COLUMNS: Sql = sql`memory_runs.id as "memoryRunId", memory_runs.tenant_id as "tenantId", memory_runs.schedule, memory_runs.slot, memory_runs.state,
  memory_runs.actor, memory_runs.fence, memory_runs.cursor, memory_runs.report, memory_runs.started_at as "startedAt", memory_runs.finished_at as "finishedAt"`;

/** Runs of the optimization agent: one per slot, held by a lease, resumed after a kill. */
@Injectable()
export class MemoryRunRepository {
  constructor(private readonly database: Database) {}

  /** The database's clock. */
  async now(): Promise<Date> {
    const rows = await this.database.query<{ now: Date }>(sql`select now()`);
    return rows[0]?.now ?? new Date();
  }

  /** Every tenant that has fragments or experiences; each is found by one step in the index. */
  async tenants(): Promise<string[]> {
    const rows = await this.database.queryDedicated<{ tenant: string }>(sql`
      with recursive known as (
        (select least((select min(tenant_id) from memory_fragments), (select min(tenant_id) from memory_experiences)) as tenant)
        union all
        select least((select min(tenant_id) from memory_fragments where tenant_id > known.tenant),
          (select min(tenant_id) from memory_experiences where tenant_id > known.tenant))
        from known where known.tenant is not null
      ) select tenant from known where tenant is not null`);
    return rows.map(({ tenant }) => tenant);
  }

  /**
   * Claims a slot for a tenant. @returns null when it is claimed, or another run of the tenant is active
   */
  async claim(tenantId: string, schedule: string, slot: string, actor: string, owner: string): Promise<OpenRun | null> {
    const rows = await this.database.queryDedicated<RunRow>(sql`
      insert into memory_runs (id, tenant_id, schedule, slot, state, actor, lease_owner, lease_until, fence, cursor, report, started_at)
      select ${newId()}, ${tenantId}, ${schedule}, ${slot}, 'running', ${actor}, ${owner}, now() + make_interval(secs => ${LEASE_SECONDS}), 1,
        ${JSON.stringify({ stage: 'credit', position: null })}, ${JSON.stringify({ steps: [] })}, ${NOW}
      where not exists (select from memory_runs where tenant_id = ${tenantId} and state = 'running')
      on conflict (tenant_id, schedule, slot) do nothing returning ${COLUMNS}`);
    return rows[0] ? toOpen(rows[0]) : null;
  }

  /** Takes over a run whose replica is gone. Only a lost replica counts as a takeover: a replica that shuts down releases its run. */
  async takeOver(owner: string): Promise<OpenRun | null> {
    const rows = await this.database.query<RunRow>(sql`
      update memory_runs set lease_owner = ${owner}, lease_until = now() + make_interval(secs => ${LEASE_SECONDS}), fence = fence + 1,
        cursor = cursor::jsonb || jsonb_build_object('takeovers', coalesce((cursor ->> 'takeovers')::integer, 0) + (lease_owner is not null)::integer)
      where id = (select id from memory_runs where state = 'running' and lease_until <= now() order by lease_until limit 1 for update skip locked)
      returning ${COLUMNS}`);
    return rows[0] ? toOpen(rows[0]) : null;
  }

  /** Records the progress of a run and renews its lease; resets the count of takeovers. @returns false when another replica has it */
  async progress(run: OpenRun): Promise<boolean> {
    const { memoryRunId, fence, stage, position, steps } = run;
    const rows = await this.database.query(sql`
      update memory_runs set cursor = ${JSON.stringify({ stage, position })}, report = ${JSON.stringify({ steps })},
        lease_until = now() + make_interval(secs => ${LEASE_SECONDS})
      where id = ${memoryRunId} and fence = ${fence} and state = 'running' returning id`);
    return rows.length > 0;
  }

  /**
   * Renews the lease, because a batch takes longer.
   * @returns false if another replica has the run
   */
  async keep({ memoryRunId, fence }: OpenRun): Promise<boolean> {
    const rows = await this.database.query(sql`
      update memory_runs set lease_until = now() + make_interval(secs => ${LEASE_SECONDS})
      where id = ${memoryRunId} and fence = ${fence} and state = 'running' returning id`);
    return rows.length > 0;
  }

  /** @param state `running`: another replica may resume it at once */
  async end({ memoryRunId, fence, steps }: OpenRun, state: MemoryRun['state']): Promise<void> {
    await this.database.query(sql`
      update memory_runs set state = ${state}, report = ${JSON.stringify({ steps })}, lease_owner = null, lease_until = ${state === 'running' ? NOW : sql`null`},
        finished_at = ${state === 'running' ? sql`null` : NOW}
      where id = ${memoryRunId} and fence = ${fence} and state = 'running'`);
  }

  async find(tenantId: string, memoryRunId: string): Promise<MemoryRun | null> {
    const rows = await this.database.query<RunRow>(
      sql`select ${COLUMNS} from memory_runs where tenant_id = ${tenantId} and id = ${memoryRunId}`,
    );
    return rows[0] ? toWire(rows[0]) : null;
  }

  async list(tenantId: string, before: string | null, limit: number): Promise<MemoryRun[]> {
    const rows = await this.database.query<RunRow>(sql`
      select ${COLUMNS} from memory_runs where tenant_id = ${tenantId} ${before === null ? sql`` : sql`and id < ${before}`}
      order by id desc limit ${limit}`);
    return rows.map(toWire);
  }
}

function toOpen({ memoryRunId, tenantId, fence, cursor, report }: RunRow): OpenRun {
  return { memoryRunId, tenantId, fence, takeovers: 0, ...cursor, steps: report.steps };
}

function toWire({
  memoryRunId,
  schedule,
  slot,
  state,
  actor,
  cursor,
  report,
  startedAt,
  finishedAt,
}: RunRow): MemoryRun {
  const times = { startedAt: startedAt.toISOString(), finishedAt: finishedAt?.toISOString() ?? null };
  const stage = state === 'completed' ? 'done' : cursor.stage;
  return { memoryRunId, schedule, slot, state, actor, stage, steps: report.steps, ...times };
}
