import { Injectable } from '@nestjs/common';
import type { MethodParams, RunState, StartParams } from '@assent/contract';
import { Database, containing, forAllTenants, sql, type Sql } from '@assent/platform';
import { IS_PAUSED } from './pause.sql';
import { RUN_COLUMNS, HEAD_COLUMNS, type RunHead, type RunRecord } from './run.record';

type RunFilter = MethodParams<'run/count'>;

/** Reads of runs, one statement each. Every read by a caller is bound to the caller's tenant. */
@Injectable()
export class RunRepository {
  constructor(private readonly database: Database) {}

  async find(tenantId: string, runId: string): Promise<RunRecord | undefined> {
    const rows = await this.database.query<RunRecord>(
      sql`select ${RUN_COLUMNS} from runs where id = ${runId} and tenant_id = ${tenantId}`,
    );
    return rows[0];
  }

  async findHead(tenantId: string, runId: string): Promise<RunHead | undefined> {
    const rows = await this.database.query<RunHead>(
      sql`select ${HEAD_COLUMNS} from runs where id = ${runId} and tenant_id = ${tenantId}`,
    );
    return rows[0];
  }

  /** The open run that undoes a diff; there is at most one. */
  async findRevert(tenantId: string, diffId: string): Promise<RunHead | undefined> {
    const rows = await this.database.query<RunHead>(sql`select ${HEAD_COLUMNS} from runs
      where reverts = ${diffId} and tenant_id = ${tenantId} and state in ('queued', 'running', 'waiting')`);
    return rows[0];
  }

  /**
   * Newest first; ids are time-ordered, so the last id of a page is the cursor of the next. `q` is compared with the
   * stored goals; the caller compares it with the redacted ones.
   */
  async list(
    tenantId: string,
    filter: RunFilter & { readonly q?: string | undefined },
    before: string | null,
    limit: number,
  ): Promise<RunRecord[]> {
    const { q } = filter;
    return this.database.query<RunRecord>(sql`select ${RUN_COLUMNS} from runs where tenant_id = ${tenantId}
      ${filtered(filter)} ${q === undefined ? sql`` : sql`and goal ilike ${containing(q)}`} ${before === null ? sql`` : sql`and id < ${before}`}
      order by id desc limit ${limit}`);
  }

  async count(tenantId: string, filter: RunFilter): Promise<{ state: RunState; count: number }[]> {
    return this.database.query(sql`select state, count(*)::integer as count from runs
      where tenant_id = ${tenantId} ${filtered(filter)} group by state`);
  }

  /** Goal and params of a run that is being executed. */
  async goalAndParams(runId: string): Promise<{ goal: string; params: StartParams } | undefined> {
    const rows = await this.database.query<{ goal: string; params: StartParams }>(goalAndParams(runId));
    return rows[0];
  }

  /** Queued runs, without those of other tenants that are paused. */
  async countQueued(tenantId: string): Promise<number> {
    // The limit applies to all tenants together. The first condition repeats the predicate of the index runs_active, so
    // that the count reads live runs only.
    const rows = await forAllTenants(() =>
      this.database.query<{ queued: number }>(
        sql`select count(*)::integer as queued from runs where state in ('queued', 'running') and state = 'queued'
          and (tenant_id = ${tenantId} or not ${IS_PAUSED})`,
      ),
    );
    return rows[0]?.queued ?? 0;
  }
}

function filtered({ state, requester, workspace, outcome, waitingFor, from, to }: RunFilter): Sql {
  return sql`${state === undefined ? sql`` : ofState(state)}
    ${requester === undefined ? sql`` : sql`and requester = ${requester}`}
    ${workspace === undefined ? sql`` : sql`and workspace = ${workspace}`}
    ${outcome === undefined ? sql`` : sql`and outcome = ${outcome}`}
    ${waitingFor === undefined ? sql`` : sql`and waiting_for = ${waitingFor}`}
    ${from === undefined ? sql`` : sql`and created_at >= ${from}::timestamptz`}
    ${to === undefined ? sql`` : sql`and created_at < ${to}::timestamptz`}`;
}

/** For statements of other libs: `goal` and `params` of a run. */
export function goalAndParams(runId: string): Sql {
  return sql`select goal, params from runs where id = ${runId}`;
}

/** For statements of other libs: `id` of the runs that a subject has requested. */
export function requestedRuns(tenantId: string, subject: string): Sql {
  return sql`select id from runs where tenant_id = ${tenantId} and requester = ${subject}`;
}

/** For statements of other libs: `id` and `step` of the runs of a workspace that wait. */
export function waitingRuns(tenantId: string, workspace: string): Sql {
  return sql`select id, step from runs where tenant_id = ${tenantId} and workspace = ${workspace} and state = 'waiting'`;
}

/** The literals repeat the predicates of indexes over rare states, so that other runs are not read. */
function ofState(state: RunState): Sql {
  switch (state) {
    case 'failed':
    case 'cancelled':
      return sql`and state in ('failed', 'cancelled') and state = ${state}`;
    case 'queued':
    case 'running':
      return sql`and state in ('queued', 'running') and state = ${state}`;
    case 'waiting':
      return sql`and state = 'waiting'`;
    case 'completed':
      return sql`and state = ${state}`;
  }
}
