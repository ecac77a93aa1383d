import { TOOL_CALLS } from './tools.tables';
import { Injectable } from '@nestjs/common';
import type { JsonObject, RunError, GuardVerdict } from '@assent/contract';
import { Database, cte, sql, RUN, type RunPart } from '@assent/platform';

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

/** Tool calls, one statement a method. */
@Injectable()
export class ToolCallRepository {
  constructor(private readonly database: Database) {}

  async findOfStep(runId: string, step: number): Promise<ToolCallRecord | undefined> {
    const rows = await this.database.query<ToolCallRecord>(sql`
      select id, step, action_id as "actionId", tool, workspace, args, verdict, rule, state from tool_calls
      where run_id = ${runId} and step = ${step} order by id desc limit 1`);
    return rows[0];
  }

  /** Every call of a run so far, however it ended. */
  async countOfRun(runId: string): Promise<number> {
    const rows = await this.database.query<{ count: number }>(
      sql`select count(*)::integer as count from tool_calls where run_id = ${runId}`,
    );
    return rows[0]?.count ?? 0;
  }
}

export function insertToolCall(call: ToolCallRecord, error: RunError | null): RunPart {
  const ended = call.state !== 'started' && call.state !== 'drafted';
  const now = RUN.column('updatedAt');
  return cte(
    'insert_tool_calls',
    TOOL_CALLS.insert(
      {
        ...call,
        runId: RUN.column('id'),
        tenantId: RUN.column('tenantId'),
        error,
        createdAt: now,
        finishedAt: ended ? now : null,
      },
      sql`from ${RUN}`,
    ),
  );
}

export function endToolCall(callId: string, state: 'completed' | 'failed', error: RunError | null): RunPart {
  return cte(
    'update_tool_calls',
    sql`update tool_calls set state = ${state}, error = ${error ? JSON.stringify(error) : null}, finished_at = ${RUN.column('updatedAt')}
      from ${RUN} where tool_calls.id = ${callId}`,
  );
}
