import { Injectable } from '@nestjs/common';
import type { RecallArm } from '@assent/contract';
import { Database, cte, sql, type Cte } from '@assent/platform';

/** Notes of what was found for runs. */
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
}

/** Notes, with the plan that it was made for, what was found and whether the run was given it. */
export function noteRecall(arm: RecallArm, fragmentIds: readonly string[]): Cte {
  return cte(
    'noted_recall',
    sql`insert into memory_recalls (run_id, tenant_id, agent, arm, fragments, created_at)
      select held.id, held."tenantId", held.requester, ${arm}, ${fragmentIds}::uuid[], held."updatedAt" from held
      on conflict do nothing`,
  );
}
