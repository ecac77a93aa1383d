import { Injectable } from '@nestjs/common';
import { Database, newId, sql } from '@assent/platform';
import type { ModelPurpose } from '../providers/model.port';
import type { Spending } from './budget';

/** One call that is over, retries included. */
export interface ModelCall {
  readonly tenantId: string;
  readonly runId: string;
  readonly step: number;
  readonly purpose: ModelPurpose;
  readonly provider: string;
  readonly model: string;
  /** `ok`, an outcome of `ModelFailure`, or `cancelled`; with `+estimated` where the endpoint did not count the tokens. */
  readonly outcome: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costUsd: number;
  readonly durationMs: number;
}

/** What models have cost, one statement a method. */
@Injectable()
export class ModelLedgerRepository {
  constructor(private readonly database: Database) {}

  async record(call: ModelCall): Promise<void> {
    const { tenantId, runId, step, purpose, provider, model, outcome } = call;
    await this.database.query(sql`
      insert into model_calls (id, tenant_id, run_id, step, purpose, provider, model, outcome, input_tokens, output_tokens,
        cost_usd, duration_ms, created_at)
      values (${newId()}, ${tenantId}, ${runId}, ${step}, ${purpose}, ${provider}, ${model}, ${outcome},
        ${call.inputTokens}, ${call.outputTokens}, ${call.costUsd}, ${call.durationMs}, now())`);
  }

  /** What the run has used, and what its tenant has in the last 24 hours on the database's clock. */
  async spent(tenantId: string, runId: string): Promise<Spending> {
    const [row] = await this.database.query<Record<'runTokens' | 'runUsd' | 'tenantTokens' | 'tenantUsd', number>>(sql`
      select run.tokens as "runTokens", run.usd as "runUsd", tenant.tokens as "tenantTokens", tenant.usd as "tenantUsd"
      from (
        select coalesce(sum(input_tokens + output_tokens), 0)::double precision as tokens, coalesce(sum(cost_usd), 0) as usd
        from model_calls where run_id = ${runId}
      ) as run, (
        select coalesce(sum(input_tokens + output_tokens), 0)::double precision as tokens, coalesce(sum(cost_usd), 0) as usd
        from model_calls where tenant_id = ${tenantId} and created_at > now() - interval '24 hours'
      ) as tenant`);
    return {
      run: { tokens: row?.runTokens ?? 0, costUsd: row?.runUsd ?? 0 },
      tenant: { tokens: row?.tenantTokens ?? 0, costUsd: row?.tenantUsd ?? 0 },
    };
  }
}
