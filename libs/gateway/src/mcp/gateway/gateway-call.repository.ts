import { Injectable } from '@nestjs/common';
import { TERMINAL_STATES, type Principal, type RunState } from '@assent/contract';
import { Database, RUN, cte, sql, type RunPart, type Sql } from '@assent/platform';
import { GATEWAY_CALLS, type GatewayCallRow } from './gateway.tables';

const MAX_LISTED = 100;

export type GatewayCall = GatewayCallRow & { readonly state: RunState };
export type NewGatewayCall = Pick<GatewayCallRow, 'key' | 'argsHash' | 'isKeyGiven' | 'server' | 'tool' | 'client'>;

type Owner = Pick<Principal, 'tenantId' | 'subject'>;

const SELECT: Sql = sql`select ${GATEWAY_CALLS.list()}, runs.state from gateway_calls join runs on runs.id = gateway_calls.run_id`;

/** Calls through the gateway. */
@Injectable()
export class GatewayCallRepository {
  constructor(private readonly database: Database) {}

  /** The call that an equal call attaches to. */
  async current(owner: Owner, key: string): Promise<GatewayCall | undefined> {
    const [call] = await this.database.query<GatewayCall>(sql`${SELECT}
      where ${owned(owner)} and key = ${key} and (collected_at is null or is_key_given)`);
    return call;
  }

  /** A call of the principal's own. */
  async find(owner: Owner, runId: string): Promise<GatewayCall | undefined> {
    const [call] = await this.database.query<GatewayCall>(sql`${SELECT} where ${owned(owner)} and run_id = ${runId}`);
    return call;
  }

  /** Open calls, and calls whose result is not collected, newest first. */
  async pending(owner: Owner): Promise<GatewayCall[]> {
    return this.database.query<GatewayCall>(sql`${SELECT}
      where ${owned(owner)} and collected_at is null order by run_id desc limit ${MAX_LISTED}`);
  }

  async countOpen(tenantId: string): Promise<number> {
    const [row] = await this.database.query<{ count: number }>(sql`
      select count(*)::integer as count from gateway_calls join runs on runs.id = run_id
      where gateway_calls.tenant_id = ${tenantId} and collected_at is null and runs.state <> all(${TERMINAL_STATES})`);
    return row?.count ?? 0;
  }

  /** Deletes calls that ended that many days ago, oldest first. @returns how many */
  async purge(days: number, limit: number): Promise<number> {
    const rows = await this.database.queryDedicated<{ count: number }>(sql`
      with old as (select run_id from gateway_calls join runs on runs.id = run_id
          where runs.purged and runs.finished_at < now() - make_interval(days => ${days})
            and gateway_calls.created_at < now() - make_interval(days => ${days})
          order by run_id limit ${limit} for update of gateway_calls skip locked),
        gone as (delete from gateway_calls using old where gateway_calls.run_id = old.run_id returning 1)
      select count(*)::integer as count from gone`);
    return rows[0]?.count ?? 0;
  }

  async collect(runId: string): Promise<void> {
    await this.database.query(
      sql`update gateway_calls set collected_at = now() where run_id = ${runId} and collected_at is null`,
    );
  }
}

/** The call commits with its run. An equal call at the same time fails with a violation of `gateway_calls_current`. */
export function insertGatewayCall(call: NewGatewayCall): RunPart {
  const row = {
    ...call,
    runId: RUN.column('id'),
    tenantId: RUN.column('tenantId'),
    subject: RUN.column('requester'),
    createdAt: RUN.column('updatedAt'),
  };
  return cte('insert_gateway_calls', GATEWAY_CALLS.insert(row, sql`from ${RUN}`));
}

function owned({ tenantId, subject }: Owner): Sql {
  return sql`gateway_calls.tenant_id = ${tenantId} and subject = ${subject}`;
}
