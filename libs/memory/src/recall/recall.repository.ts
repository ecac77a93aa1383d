import { MEMORY_RECALLS } from '../memory.tables';
import { Injectable } from '@nestjs/common';
import type { FragmentUse, RecallArm } from '@assent/contract';
import { Database, cte, sql, RUN, type RunPart } from '@assent/platform';

/** Records of the fragments found for runs. */
@Injectable()
export class RecallRepository {
  constructor(private readonly database: Database) {}

  /** Whether fragments were found for at least so many runs of the tenant. */
  async hasRecalled(tenantId: string, runs: number): Promise<boolean> {
    const rows = await this.database.query(
      sql`select from memory_recalls where tenant_id = ${tenantId} offset ${runs - 1} limit 1`,
    );
    return rows.length > 0;
  }

  /** Runs for which a fragment was found, newest first. */
  async uses(tenantId: string, fragmentId: string, before: string | null, limit: number): Promise<FragmentUse[]> {
    const rows = await this.database.query<Omit<FragmentUse, 'at'> & { readonly at: Date }>(sql`
      select recall.run_id as "runId", recall.arm, runs.state, runs.outcome, recall.created_at as at
      from memory_recalls recall left join runs on runs.id = recall.run_id
      where recall.tenant_id = ${tenantId} and ${fragmentId}::uuid = any(recall.fragments)
        and (${before}::uuid is null or recall.run_id < ${before}::uuid)
      order by recall.run_id desc limit ${limit}`);
    return rows.map(({ at, ...use }) => ({ ...use, at: at.toISOString() }));
  }
}

/** Records the fragments found and whether the run received them, together with the plan that they are for. */
export function noteRecall(arm: RecallArm, fragments: readonly string[]): RunPart {
  const row = {
    runId: RUN.column('id'),
    tenantId: RUN.column('tenantId'),
    agent: RUN.column('requester'),
    arm,
    fragments,
  };
  return cte(
    'insert_memory_recalls',
    MEMORY_RECALLS.insert({ ...row, createdAt: RUN.column('updatedAt') }, sql`from ${RUN} on conflict do nothing`),
  );
}
