import { Injectable } from '@nestjs/common';
import { Config, Database, Sweeper, cte, sql, withCtes, type Cte } from '@assent/platform';
import { MemoryMetrics } from '../memory.metrics';
import { eraseResolutions } from './run-erasure';

type Retentions = Pick<Config['env'], 'RUN_RETENTION_DAYS' | 'WEBHOOK_RETENTION_DAYS'>;

const EVERY_MS = 60_000;
/** Small steps: each is a transaction. */
const RUNS_AT_ONCE = 100;

/**
 * Deletes runs that ended more than RUN_RETENTION_DAYS ago, with the rows that belong to them (see RUN_TABLES). Harmless on
 * several replicas at once.
 */
@Injectable()
export class RunRetention {
  constructor(
    private readonly database: Database,
    private readonly metrics: MemoryMetrics,
    { env }: Config,
    sweeper: Sweeper,
  ) {
    const days = retentionOf(env);
    sweeper.steps({
      name: 'expired_runs',
      everyMs: EVERY_MS,
      step: async () => days !== undefined && (await this.deleteSome(days)) === RUNS_AT_ONCE,
    });
  }

  /** @returns how many runs were deleted */
  async deleteSome(days: number): Promise<number> {
    const expired = selectExpired(days);
    const rows = await this.database.queryDedicated<{ count: number }>(
      withCtes(
        [
          expired,
          ...deleteDependents(expired),
          cte('update_resolutions', eraseResolutions(sql`run_id in (select id from ${expired})`)),
          cte('delete_runs', sql`delete from runs using ${expired} where runs.id = ${expired}.id returning 1`),
        ],
        sql`select count(*)::integer as count from delete_runs`,
      ),
    );
    const count = rows[0]?.count ?? 0;
    this.metrics.expired(count);
    return count;
  }
}

/**
 * Days for which an ended run is kept; undefined: forever. Its webhook events go first, because forgetting a person
 * finds their bodies by the run.
 */
export function retentionOf({ RUN_RETENTION_DAYS, WEBHOOK_RETENTION_DAYS }: Retentions): number | undefined {
  return RUN_RETENTION_DAYS === undefined ? undefined : Math.max(RUN_RETENTION_DAYS, WEBHOOK_RETENTION_DAYS);
}

/**
 * Frames go first (FRAME_RETENTION_DAYS), and so does a call of the MCP gateway, by which an equal call is recognized. Ids
 * begin with the time of creation in milliseconds, so the primary key leads to the old runs without an index of its own.
 */
function selectExpired(days: number): Cte {
  const since = sql`now() - make_interval(days => ${days})`;
  const firstId = sql`(lpad(to_hex((extract(epoch from ${since}) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid`;
  return cte(
    'select_runs',
    sql`select id from runs where id < ${firstId} and finished_at < ${since} and purged
      and not exists (select from gateway_calls where gateway_calls.run_id = runs.id)
      order by id limit ${RUNS_AT_ONCE} for update skip locked`,
  );
}

function deleteDependents(expired: Cte): Cte[] {
  const approvals = cte(
    'delete_approvals',
    sql`delete from approvals using ${expired} where run_id = ${expired}.id returning approvals.id`,
  );
  return [
    cte('delete_trees', sql`delete from trees using ${expired} where run_id = ${expired}.id`),
    cte('delete_steps', sql`delete from steps using ${expired} where run_id = ${expired}.id`),
    cte('delete_model_turns', sql`delete from model_turns using ${expired} where run_id = ${expired}.id`),
    cte('delete_model_calls', sql`delete from model_calls using ${expired} where run_id = ${expired}.id`),
    cte('delete_questions', sql`delete from questions using ${expired} where run_id = ${expired}.id`),
    cte('delete_tool_calls', sql`delete from tool_calls using ${expired} where run_id = ${expired}.id`),
    cte('delete_client_calls', sql`delete from client_calls using ${expired} where run_id = ${expired}.id`),
    cte('delete_diffs', sql`delete from diffs using ${expired} where run_id = ${expired}.id`),
    approvals,
    cte('delete_decisions', sql`delete from decisions using ${approvals} where approval_id = ${approvals}.id`),
    cte(
      'delete_approval_votes',
      sql`delete from approval_votes using ${approvals} where approval_id = ${approvals}.id`,
    ),
  ];
}
