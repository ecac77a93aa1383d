import { Injectable } from '@nestjs/common';
import type { Tree } from '@assent/contract';
import { Database, cte, sql, type Cte } from '@assent/platform';

/** Stored trees, one statement a method. */
@Injectable()
export class TreeRepository {
  constructor(private readonly database: Database) {}

  /** The tree of a step; without a step the newest. */
  async find(tenantId: string, runId: string, step: number | null): Promise<Tree | undefined> {
    const rows = await this.database.query<{
      tree: Tree;
    }>(sql`select tree from trees where run_id = ${runId} and tenant_id = ${tenantId}
      and (${step}::integer is null or step = ${step}) order by step desc limit 1`);
    return rows[0]?.tree;
  }
}

export function insertTree(step: number, tree: Tree): Cte {
  return cte(
    'planted',
    sql`insert into trees (run_id, step, tenant_id, tree_id, tree, created_at)
      select held.id, ${step}, held."tenantId", ${tree.id}, ${JSON.stringify(tree)}, held."updatedAt" from held`,
  );
}

export interface Resolution {
  readonly assumptionId: string;
  readonly truth: boolean;
}

/** Keeps what was said of assumptions; the first word on each stands. */
export function insertResolutions(resolutions: readonly Resolution[], source: string, actor: string): Cte {
  return cte(
    'resolved',
    sql`insert into resolutions (run_id, assumption_id, tenant_id, truth, source, actor, created_at)
      select held.id, said.assumption_id, held."tenantId", said.truth, ${source}, ${actor}, held."updatedAt"
      from held, unnest(${resolutions.map((r) => r.assumptionId)}::text[], ${resolutions.map((r) => r.truth)}::boolean[]) as said (assumption_id, truth)
      on conflict do nothing`,
  );
}
