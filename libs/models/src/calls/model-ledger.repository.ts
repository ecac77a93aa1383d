import { Injectable } from '@nestjs/common';
import { Database, newId, sql } from '@assent/platform';
import type { ModelPurpose } from '../providers/model.port';
import type { Spending } from './budget';

/** What a call has used, or may use at most. */
export interface CallTokens {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Of the input, read from the provider's cache. */
  readonly cachedTokens: number;
  readonly costUsd: number;
}

/** A call that is about to be made, with the most it can use. */
export interface CallReservation extends Omit<CallTokens, 'cachedTokens'> {
  readonly tenantId: string;
  readonly runId: string;
  readonly step: number;
  readonly purpose: ModelPurpose;
  readonly provider: string;
  readonly model: string;
}

/** A call that is over, retries included. */
export interface CallEnd extends CallTokens {
  /** `ok`, an outcome of `ModelFailure`, or `cancelled`; with `+estimated` where the endpoint did not count the tokens. */
  readonly outcome: string;
  readonly durationMs: number;
}

/** What models have cost, one statement a method. */
@Injectable()
export class ModelLedgerRepository {
  constructor(private readonly database: Database) {}

  /**
   * Before a call: it counts from now on, `started`, with the most it can use. So calls in flight count for everybody, and
   * one whose replica dies counts for good.
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

  /** After a call: what it really used. */
  async settle(
    id: string,
    { outcome, inputTokens, outputTokens, cachedTokens, costUsd, durationMs }: CallEnd,
  ): Promise<void> {
    await this.database.query(sql`
      update model_calls set outcome = ${outcome}, input_tokens = ${inputTokens}, output_tokens = ${outputTokens},
        cached_tokens = ${cachedTokens}, cost_usd = ${costUsd}, duration_ms = ${durationMs}
      where id = ${id}`);
  }

  /** What the run has used and reserved, and what its tenant has in the last 24 hours on the database's clock. */
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
