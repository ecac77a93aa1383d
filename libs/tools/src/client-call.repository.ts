import { Injectable } from '@nestjs/common';
import type { JsonObject, ServerRequest, ToolCallRequest } from '@assent/contract';
import { Database, cte, sql, type Cte } from '@assent/platform';

export type ClientCallState = 'pending' | 'answered' | 'failed' | 'expired' | 'cancelled';

/** A call of a client's tool, as it is stored. */
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
  /** Why it failed, in words. */
  readonly error: string | null;
  readonly actor: string | null;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  /** Its time was up when it was read, on the database's clock. */
  readonly overdue: boolean;
}

const COLUMNS = sql`select request_id as "requestId", tenant_id as "tenantId", run_id as "runId", step, call_id as "callId",
  action_id as "actionId", diff_id as "diffId", state, request, output, error, actor, created_at as "createdAt",
  expires_at as "expiresAt", state = 'pending' and expires_at <= now() as overdue from client_calls`;

/** Calls of clients' tools, one statement a method. */
@Injectable()
export class ClientCallRepository {
  constructor(private readonly database: Database) {}

  /** @param subject who asks: only whoever started the run is told of its calls */
  async find(tenantId: string, subject: string, requestId: string): Promise<ClientCallRecord | undefined> {
    const rows = await this.database.query<ClientCallRecord>(
      sql`${COLUMNS} where request_id = ${requestId} and tenant_id = ${tenantId}
        and exists (select from runs where runs.id = run_id and runs.requester = ${subject})`,
    );
    return rows[0];
  }

  async findOfStep(runId: string, step: number): Promise<ClientCallRecord | undefined> {
    const rows = await this.database.query<ClientCallRecord>(
      sql`${COLUMNS} where run_id = ${runId} and step = ${step} order by created_at desc limit 1`,
    );
    return rows[0];
  }

  /** What the given runs still want called. */
  async pendingRequests(runIds: readonly string[]): Promise<Map<string, ServerRequest[]>> {
    const rows = await this.database.query<ClientCallRecord>(
      sql`${COLUMNS} where run_id = any(${runIds}::uuid[]) and state = 'pending'`,
    );
    const byRun = new Map<string, ServerRequest[]>();
    for (const row of rows) byRun.set(row.runId, [...(byRun.get(row.runId) ?? []), toolCallRequest(row)]);
    return byRun;
  }

  /** Calls whose time is up, on the database's clock. */
  async due(limit: number): Promise<ClientCallRecord[]> {
    return this.database.query<ClientCallRecord>(
      sql`${COLUMNS} where state = 'pending' and expires_at <= now() order by expires_at limit ${limit}`,
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

export function insertClientCall({ requestId, step, callId, actionId, diffId, request }: NewClientCall): Cte {
  return cte(
    'client_called',
    sql`insert into client_calls (request_id, tenant_id, run_id, step, call_id, action_id, diff_id, state, request, created_at, expires_at)
      select ${requestId}, held."tenantId", held.id, ${step}, ${callId}, ${actionId}, ${diffId}::uuid, 'pending',
        ${JSON.stringify(request)}, held."updatedAt", ${request.deadline} from held`,
  );
}

export interface ClientCallEnd {
  readonly to: 'answered' | 'failed' | 'expired';
  readonly output: JsonObject | null;
  readonly error: string | null;
  readonly actor: string;
}

/** Takes a pending call, run row first, like a decision. The part `taken` has the run's id. */
export function takeClientCall(call: ClientCallRecord, { to, output, error, actor }: ClientCallEnd): Cte[] {
  const time = to === 'expired' ? sql`expires_at <= now()` : sql`expires_at > now()`;
  return [
    cte('waiting', sql`select id from runs where id = ${call.runId} and state = 'waiting' for update`),
    cte(
      'taken',
      sql`update client_calls set state = ${to}, output = ${output ? JSON.stringify(output) : null}, error = ${error}, actor = ${actor}
        from waiting where client_calls.request_id = ${call.requestId} and client_calls.run_id = waiting.id
          and client_calls.state = 'pending' and ${time} returning client_calls.run_id`,
    ),
  ];
}

/** Ends the calls of a run that is itself ending. */
export function cancelClientCalls(): Cte {
  return cte(
    'client_uncalled',
    sql`update client_calls set state = 'cancelled' from held
      where client_calls.run_id = held.id and client_calls.state = 'pending'`,
  );
}
