import { Injectable } from '@nestjs/common';
import type { JsonObject, RunError, Verdict } from '@assent/contract';
import { Database, cte, sql, type Cte } from '@assent/platform';

export type ToolCallState = 'denied' | 'started' | 'drafted' | 'completed' | 'failed';

export interface ToolCallRecord {
  readonly id: string;
  readonly step: number;
  readonly actionId: string;
  readonly tool: string;
  readonly workspace: string;
  readonly args: JsonObject;
  readonly verdict: Verdict;
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

export function insertToolCall(call: ToolCallRecord, error: RunError | null): Cte {
  const ended = call.state !== 'started' && call.state !== 'drafted';
  return cte(
    'called',
    sql`insert into tool_calls (id, run_id, step, tenant_id, action_id, tool, workspace, args, verdict, rule, state, error, created_at, finished_at)
      select ${call.id}, held.id, ${call.step}, held."tenantId", ${call.actionId}, ${call.tool}, ${call.workspace}, ${JSON.stringify(call.args)},
        ${call.verdict}, ${call.rule}, ${call.state}, ${error ? JSON.stringify(error) : null}, held."updatedAt",
        case when ${ended} then held."updatedAt" end from held`,
  );
}

export function endToolCall(callId: string, state: 'completed' | 'failed', error: RunError | null): Cte {
  return cte(
    'call_ended',
    sql`update tool_calls set state = ${state}, error = ${error ? JSON.stringify(error) : null}, finished_at = held."updatedAt"
      from held where tool_calls.id = ${callId}`,
  );
}
