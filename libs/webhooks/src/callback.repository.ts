import { WEBHOOK_CALLBACKS } from './webhooks.tables';
import { Injectable } from '@nestjs/common';
import { Database, cte, sql, RUN, type RunPart } from '@assent/platform';
import type { People } from '@assent/identity';
import { CALLBACK_BY, MADE_BY, MAPPED_SECRET, SECRET_BY } from './endpoint.record';

/** The encrypted secrets of an endpoint, each with the people behind the credential that it was shown to. */
export interface CallbackKeys {
  readonly id: string;
  readonly tenantId: string;
  readonly madeBy: People;
  readonly secret: string;
  readonly secretBy: People;
  /** null: not set, or expired. */
  readonly previousSecret: string | null;
  readonly previousSecretBy: People;
  readonly callbackSecret: string | null;
  /** The secret of a key that decides for mapped people. */
  readonly mappedSecret: string | null;
  readonly callbackRoles: string[];
  /** Null: there is no key, or an older version issued it. */
  readonly callbackBy: People | null;
}

/** Signing keys of callbacks, and the ids of used messages. */
@Injectable()
export class CallbackRepository {
  constructor(private readonly database: Database) {}

  /** The enabled endpoints of the approval's tenant; the signer of a callback must be one of them. */
  keysFor(approvalId: string): Promise<CallbackKeys[]> {
    return this.database.query<CallbackKeys>(sql`
      select endpoint.id, endpoint.tenant_id as "tenantId", endpoint.secret, callback_secret as "callbackSecret", ${MAPPED_SECRET} as "mappedSecret", callback_roles as "callbackRoles",
        ${MADE_BY} as "madeBy", ${SECRET_BY} as "secretBy",
        coalesce(previous_secret_by, array[created_by]) as "previousSecretBy",
        ${CALLBACK_BY} as "callbackBy",
        case when previous_until > now() then previous_secret end as "previousSecret"
      from approvals join webhook_endpoints endpoint on endpoint.tenant_id = approvals.tenant_id and endpoint.state = 'enabled'
      where approvals.id = ${approvalId} order by endpoint.id`);
  }

  async isTaken(endpointId: string, messageId: string): Promise<boolean> {
    const rows = await this.database.query(
      sql`select from webhook_callbacks where endpoint_id = ${endpointId} and message_id = ${messageId}`,
    );
    return rows.length > 0;
  }

  /**
   * Records the id of a message that changes no decision.
   * @returns whether this request recorded it
   */
  async take(tenantId: string, { endpointId, messageId, approvalId, receipt }: TakenMessage): Promise<boolean> {
    const rows = await this.database.query<{ receipt: string }>(sql`
      with made as (
        insert into webhook_callbacks (endpoint_id, message_id, tenant_id, approval_id, receipt, created_at)
        values (${endpointId}::uuid, ${messageId}::text, ${tenantId}::text, ${approvalId}::uuid, ${receipt}::uuid, date_trunc('milliseconds', now()))
        on conflict do nothing returning receipt
      )
      select receipt from made union all
      select receipt from webhook_callbacks where endpoint_id = ${endpointId}::uuid and message_id = ${messageId}::text`);
    return rows.some((row) => row.receipt === receipt);
  }
}

/** A message with a decision. */
export interface TakenMessage {
  readonly endpointId: string;
  readonly messageId: string;
  readonly approvalId: string;
  /** The id of this request. */
  readonly receipt: string;
}

/** Records the id of a message in the transaction of its decision: the same message fails on another replica. */
export function rememberCallback({ endpointId, messageId, approvalId, receipt }: TakenMessage): RunPart {
  const row = { endpointId, messageId, tenantId: RUN.column('tenantId'), approvalId, receipt };
  return cte(
    'insert_webhook_callbacks',
    WEBHOOK_CALLBACKS.insert({ ...row, createdAt: RUN.column('updatedAt') }, sql`from ${RUN}`),
  );
}
