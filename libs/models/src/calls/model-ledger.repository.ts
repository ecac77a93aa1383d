import { Injectable } from '@nestjs/common';
import { Database, newId, sql } from '@assent/platform';
import type { ModelPurpose } from '../providers/model.port';
import type { Spending } from './budget';

/** Usage of a call, or its upper bound before the call. */
export interface CallTokens {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Input tokens that came from the provider's cache. */
  readonly cachedTokens: number;
  readonly costUsd: number;
}

/** A call before it is sent, with the upper bound of its usage. */
export interface CallReservation extends Omit<CallTokens, 'cachedTokens'> {
  readonly tenantId: string;
  readonly runId: string;
  readonly step: number;
  readonly purpose: ModelPurpose;
  readonly provider: string;
  readonly model: string;
}

/** A finished call, retries included. */
export interface CallEnd extends CallTokens {
  /** `ok`, an outcome of `ModelFailure`, or `cancelled`; with `+estimated` where the endpoint did not count the tokens. */
  readonly outcome: string;
  readonly durationMs: number;
}

/** The ledger of model calls, one statement per method. */
@Injectable()
export class ModelLedgerRepository {
  constructor(private readonly database: Database) {}

  /**
   * Reserves the upper bound of a call under the outcome `started`. Calls in flight therefore count against every
   * budget, and the reservation of a replica that dies stays.
   * @returns the id of the row
   */
  async reserve(call: CallReservation): Promise<string> {
    const { tenantId, runId, step, purpose, provider, model } = call;
    const id = newId();
    await this.database.query(sql`
      insert into model_calls (id, tenant_id, run_id, step, purpose, provider, model, outcome, input_tokens, output_tokens,
        cost_usd, duration_ms, created_at)
      values (${id}, ${tenantId}, ${runId}, ${step}, ${purpose}, ${provider}, ${model}, 'started',
        ${call.inputTokens}, ${call.outputTokens}, ${call.costUsd}, 0, now())`);
    return id;
  }

  /** Replaces the reservation of a call by its actual usage. */
  async settle(
    id: string,
    { outcome, inputTokens, outputTokens, cachedTokens, costUsd, durationMs }: CallEnd,
  ): Promise<void> {
    await this.database.query(sql`
      update model_calls set outcome = ${outcome}, input_tokens = ${inputTokens}, output_tokens = ${outputTokens},
        cached_tokens = ${cachedTokens}, cost_usd = ${costUsd}, duration_ms = ${durationMs}
      where id = ${id}`);
  }

  /** Usage and reservations of the run, and of its tenant in the last 24 hours on the database's clock. */
  async spent(tenantId: string, runId: string): Promise<Spending> {
    const [row] = await this.database.query<Record<'runTokens' | 'runUsd' | 'tenantTokens' | 'tenantUsd', number>>(sql`
      select run.tokens as "runTokens", run.usd as "runUsd", tenant.tokens as "tenantTokens", tenant.usd as "tenantUsd"
      from (
        select coalesce(sum(input_tokens::bigint + output_tokens), 0)::double precision as tokens, coalesce(sum(cost_usd), 0) as usd
        from model_calls where run_id = ${runId}
      ) as run, (
        select coalesce(sum(input_tokens::bigint + output_tokens), 0)::double precision as tokens, coalesce(sum(cost_usd), 0) as usd
        from model_calls where tenant_id = ${tenantId} and created_at > now() - interval '24 hours'
      ) as tenant`);
    return {
      run: { tokens: row?.runTokens ?? 0, costUsd: row?.runUsd ?? 0 },
      tenant: { tokens: row?.tenantTokens ?? 0, costUsd: row?.tenantUsd ?? 0 },
    };
  }
}
