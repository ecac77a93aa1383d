import { IDEMPOTENCY_KEYS } from './runs.tables';
import { Injectable } from '@nestjs/common';
import type { RunState } from '@assent/contract';
import { Database, cte, sql, RUN, type RunPart } from '@assent/platform';

export interface IdempotencyScope {
  readonly tenantId: string;
  readonly subject: string;
  readonly method: string;
  readonly key: string;
}

export interface RememberedCall {
  readonly payloadHash: string;
  readonly runId: string;
  readonly state: RunState;
}

/**
 * Remembered calls. The statement that makes the change also writes the key, so the key exists exactly when the change
 * does.
 */
@Injectable()
export class IdempotencyRepository {
  constructor(private readonly database: Database) {}

  /** The earlier call with this key and the state of its run. */
  async find(scope: IdempotencyScope): Promise<RememberedCall | undefined> {
    const rows = await this.database.query<RememberedCall>(sql`
      select payload_hash as "payloadHash", run_id as "runId", runs.state from idempotency_keys join runs on runs.id = run_id
      where idempotency_keys.tenant_id = ${scope.tenantId} and subject = ${scope.subject} and method = ${scope.method} and key = ${scope.key}`);
    return rows[0];
  }

  /** The calls of the same subject and method whose key begins with that of the scope, and whose runs wait. */
  async waiting({ tenantId, subject, method, key }: IdempotencyScope): Promise<{ key: string; runId: string }[]> {
    return this.database.query(sql`
      select key, run_id as "runId" from idempotency_keys join runs on runs.id = run_id
      where idempotency_keys.tenant_id = ${tenantId} and subject = ${subject} and method = ${method}
        and starts_with(key, ${key}) and runs.state = 'waiting' order by run_id`);
  }
}

/** A second call with the same key waits here for the first to commit, then fails with a unique violation. */
export function rememberKey(scope: IdempotencyScope, payloadHash: string): RunPart {
  const { tenantId, subject, method, key } = scope;
  const row = {
    tenantId,
    subject,
    method,
    key,
    payloadHash,
    runId: RUN.column('id'),
    createdAt: RUN.column('updatedAt'),
  };
  return cte('insert_idempotency_keys', IDEMPOTENCY_KEYS.insert(row, sql`from ${RUN}`));
}
