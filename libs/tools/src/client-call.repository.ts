import { CLIENT_CALLS } from './tools.tables';
import { Injectable } from '@nestjs/common';
import type { JsonObject, ServerRequest, ToolCallRequest } from '@assent/contract';
import { Database, cte, sql, RUN, type Cte, type LockedRun, type RunPart, type Sql } from '@assent/platform';

export type ClientCallState = 'pending' | 'answered' | 'failed' | 'expired' | 'cancelled';

/** A stored call of a client's tool. */
export interface ClientCallRecord {
  readonly requestId: string;
  readonly tenantId: string;
  readonly runId: string;
  readonly step: number;
  readonly callId: string;
  readonly actionId: string;
  readonly diffId: string | null;
  readonly state: ClientCallState;
  readonly request: ToolCallRequest;
  readonly output: JsonObject | null;
  /** Error message of the client. */
  readonly error: string | null;
  readonly actor: string | null;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  /** Whether the call had expired on the database's clock when it was read. */
  readonly overdue: boolean;
}

const COLUMNS = sql`select request_id as "requestId", tenant_id as "tenantId", run_id as "runId", step, call_id as "callId",
  action_id as "actionId", diff_id as "diffId", state, request, output, error, actor, created_at as "createdAt",
  expires_at as "expiresAt", state = 'pending' and expires_at <= now() as overdue from client_calls`;

/** Calls of clients' tools, one statement per method. */
@Injectable()
export class ClientCallRepository {
  constructor(private readonly database: Database) {}

  /** @param runs query for the ids of the runs whose calls the caller may see, those the caller requested */
  async find(tenantId: string, requestId: string, runs: Sql): Promise<ClientCallRecord | undefined> {
    const rows = await this.database.query<ClientCallRecord>(
      sql`${COLUMNS} where request_id = ${requestId} and tenant_id = ${tenantId}
        and run_id in (${runs})`,
    );
    return rows[0];
  }

  /** @param runs as for `find` */
  async findByCall(tenantId: string, callId: string, runs: Sql): Promise<ClientCallRecord | undefined> {
    const rows = await this.database.query<ClientCallRecord>(
      sql`${COLUMNS} where run_id = (select run_id from tool_calls where id = ${callId}) and call_id = ${callId}
        and tenant_id = ${tenantId} and run_id in (${runs})`,
    );
    return rows[0];
  }

  async findOfStep(runId: string, step: number): Promise<ClientCallRecord | undefined> {
    const rows = await this.database.query<ClientCallRecord>(
      sql`${COLUMNS} where run_id = ${runId} and step = ${step} order by created_at desc limit 1`,
    );
    return rows[0];
  }

  /** All client calls of a step. */
  async ofStep(runId: string, step: number): Promise<ClientCallRecord[]> {
    return this.database.query<ClientCallRecord>(
      sql`${COLUMNS} where run_id = ${runId} and step = ${step} order by created_at, request_id`,
    );
  }

  /** Whether the step waits for a call other than this one. Does not load outputs, which can be large. */
  async hasOthersPending({ runId, step, requestId }: ClientCallRecord): Promise<boolean> {
    const rows = await this.database.query(
      sql`select 1 from client_calls where run_id = ${runId} and step = ${step} and state = 'pending'
        and request_id <> ${requestId} limit 1`,
    );
    return rows.length > 0;
  }

  /** Pending calls of the given runs. */
  async pendingRequests(runIds: readonly string[]): Promise<Map<string, ServerRequest[]>> {
    const rows = await this.database.query<ClientCallRecord>(
      sql`${COLUMNS} where run_id = any(${runIds}::uuid[]) and state = 'pending'`,
    );
    const byRun = new Map<string, ServerRequest[]>();
    for (const row of rows) byRun.set(row.runId, [...(byRun.get(row.runId) ?? []), toolCallRequest(row)]);
    return byRun;
  }

  /** Calls that have expired, on the database's clock. */
  async due(limit: number, except: readonly string[]): Promise<ClientCallRecord[]> {
    return this.database.query<ClientCallRecord>(
      sql`${COLUMNS} where state = 'pending' and expires_at <= now() and request_id not in (select unnest(${except}::text[]))
        order by expires_at limit ${limit}`,
    );
  }
}

/** The request that a client answers. */
export function toolCallRequest({
  requestId,
  request,
}: Pick<ClientCallRecord, 'requestId' | 'request'>): ServerRequest {
  return { jsonrpc: '2.0', id: requestId, method: 'tool/call', params: { ...request } };
}

export type NewClientCall = Pick<ClientCallRecord, 'requestId' | 'step' | 'callId' | 'actionId' | 'diffId' | 'request'>;

/** Inserts several calls in one part, because part names must be unique in a statement. */
export function insertClientCalls(calls: readonly NewClientCall[]): RunPart {
  return cte(
    'insert_client_calls',
    CLIENT_CALLS.insert(
      {
        requestId: sql`c."requestId"`,
        tenantId: RUN.column('tenantId'),
        runId: RUN.column('id'),
        step: sql`c.step`,
        callId: sql`c."callId"`,
        actionId: sql`c."actionId"`,
        diffId: sql`c."diffId"`,
        state: sql`'pending'`,
        request: sql`c.request`,
        createdAt: RUN.column('updatedAt'),
        expiresAt: sql`(c.request ->> 'deadline')::timestamptz`,
      },
      sql`from ${RUN}, json_to_recordset(${JSON.stringify(calls)}::json) as c ("requestId" text, step integer, "callId" uuid,
        "actionId" text, "diffId" uuid, request json)`,
    ),
  );
}

export interface ClientCallEnd {
  readonly to: 'answered' | 'failed' | 'expired';
  readonly output: JsonObject | null;
  readonly error: string | null;
  readonly actor: string;
}

/** Claims a pending call. @param run must be locked first */
export function takeClientCall(
  run: LockedRun,
  call: ClientCallRecord,
  { to, output, error, actor }: ClientCallEnd,
): Cte<string, { readonly run_id: string }> {
  const time = to === 'expired' ? sql`expires_at <= now()` : sql`expires_at > now()`;
  return cte(
    'update_client_calls',
    sql`update client_calls set state = ${to}, output = ${output ? JSON.stringify(output) : null}, error = ${error}, actor = ${actor}
        from ${run} where client_calls.request_id = ${call.requestId} and client_calls.run_id = ${run}.id
          and client_calls.state = 'pending' and ${time} returning client_calls.run_id`,
  ).withRows();
}

/** Cancels the pending calls of a run that is ending. */
export function cancelClientCalls(): RunPart {
  return cte(
    'cancel_client_calls',
    sql`update client_calls set state = 'cancelled' from ${RUN}
      where client_calls.run_id = ${RUN.column('id')} and client_calls.state = 'pending'`,
  );
}
