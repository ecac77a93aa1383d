import { TOOL_CALLS } from './tools.tables';
import { Injectable } from '@nestjs/common';
import type { JsonObject, RunError, GuardVerdict } from '@assent/contract';
import { Database, cte, sql, RUN, type RunPart, type Sql } from '@assent/platform';

export type ToolCallState = 'denied' | 'started' | 'drafted' | 'completed' | 'failed';

export interface ToolCallRecord {
  readonly id: string;
  readonly step: number;
  readonly actionId: string;
  readonly tool: string;
  readonly workspace: string;
  readonly args: JsonObject;
  readonly verdict: GuardVerdict;
  readonly rule: string;
  readonly state: ToolCallState;
}

/** A call with the error by which it failed or was denied; null when it succeeded or has not ended. */
export interface EndedToolCall extends ToolCallRecord {
  readonly error: RunError | null;
}

const COLUMNS = sql`select id, step, action_id as "actionId", tool, workspace, args, verdict, rule, state, error from tool_calls`;

/** Tool calls, one statement per method. */
@Injectable()
export class ToolCallRepository {
  constructor(private readonly database: Database) {}

  /** The newest call of a step. */
  async findOfStep(runId: string, step: number): Promise<ToolCallRecord | undefined> {
    const rows = await this.database.query<ToolCallRecord>(callOfStep(runId, step));
    return rows[0];
  }

  /** All calls of a step in the order in which they were stored. */
  async ofStep(runId: string, step: number): Promise<EndedToolCall[]> {
    return this.database.query<EndedToolCall>(sql`${COLUMNS} where run_id = ${runId} and step = ${step} order by id`);
  }

  /** Number of calls of a run so far, regardless of outcome. */
  async countOfRun(runId: string): Promise<number> {
    const rows = await this.database.query<{ count: number }>(
      sql`select count(*)::integer as count from tool_calls where run_id = ${runId}`,
    );
    return rows[0]?.count ?? 0;
  }
}

/** The query of `findOfStep`. */
export function callOfStep(runId: string, step: number): Sql {
  return sql`${COLUMNS} where run_id = ${runId} and step = ${step} order by id desc limit 1`;
}

export function insertToolCall(call: ToolCallRecord, error: RunError | null): RunPart {
  return insertToolCalls([{ ...call, error }]);
}

/** Inserts several calls in one part, because part names must be unique in a statement. */
export function insertToolCalls(calls: readonly EndedToolCall[]): RunPart {
  const now = RUN.column('updatedAt');
  return cte(
    'insert_tool_calls',
    TOOL_CALLS.insert(
      {
        id: sql`c.id`,
        runId: RUN.column('id'),
        step: sql`c.step`,
        tenantId: RUN.column('tenantId'),
        actionId: sql`c."actionId"`,
        tool: sql`c.tool`,
        workspace: sql`c.workspace`,
        args: sql`c.args`,
        verdict: sql`c.verdict`,
        rule: sql`c.rule`,
        state: sql`c.state`,
        error: sql`c.error`,
        createdAt: now,
        finishedAt: sql`case when c.state not in ('started', 'drafted') then ${now} end`,
      },
      sql`from ${RUN}, json_to_recordset(${JSON.stringify(calls)}::json) as c (id uuid, step integer, "actionId" text, tool text,
        workspace text, args json, verdict text, rule text, state text, error json)`,
    ),
  );
}

export interface ToolCallEnd {
  readonly id: string;
  readonly state: 'completed' | 'failed';
  readonly error: RunError | null;
}

export function endToolCall(id: string, state: ToolCallEnd['state'], error: RunError | null): RunPart {
  return endToolCalls([{ id, state, error }]);
}

/** Ends several calls in one part, like `insertToolCalls`. */
export function endToolCalls(ends: readonly ToolCallEnd[]): RunPart {
  return cte(
    'update_tool_calls',
    sql`update tool_calls set state = ended.state, error = ended.error, finished_at = ${RUN.column('updatedAt')}
      from ${RUN}, json_to_recordset(${JSON.stringify(ends)}::json) as ended (id uuid, state text, error json)
      where tool_calls.id = ended.id`,
  );
}
