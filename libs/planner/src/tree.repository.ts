import { Injectable } from '@nestjs/common';
import type { Assumption, Tree } from '@assent/contract';
import { Database, cte, sql, type Cte } from '@assent/platform';

export interface StepAssumption {
  readonly step: number;
  readonly assumption: Assumption;
  /** null: still open. */
  readonly truth: boolean | null;
}

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

  /** The assumptions of every step of a run, oldest first. */
  async assumptions(tenantId: string, runId: string): Promise<StepAssumption[]> {
    return this.database.query<StepAssumption>(sql`
      select trees.step, assumption, resolutions.truth from trees
      cross join json_array_elements(tree -> 'assumptions') as assumption
      left join resolutions on resolutions.run_id = trees.run_id and resolutions.assumption_id = assumption ->> 'id'
      where trees.run_id = ${runId} and trees.tenant_id = ${tenantId} order by trees.step`);
  }

  /** Runs of a workspace that wait on a tree in which the statement is open. */
  async waitingOn(tenantId: string, workspace: string, key: string): Promise<string[]> {
    const rows = await this.database.query<{ id: string }>(sql`
      select runs.id from runs join trees on trees.run_id = runs.id and trees.step = runs.step
      where runs.tenant_id = ${tenantId} and runs.workspace = ${workspace} and runs.state = 'waiting'
        and ${key} = any(trees.keys) order by runs.id`);
    return rows.map(({ id }) => id);
  }
}

export function insertTree(step: number, tree: Tree): Cte {
  const keys = tree.assumptions.filter(({ resolved }) => resolved === null).map(({ key }) => key);
  return cte(
    'planted',
    sql`insert into trees (run_id, step, tenant_id, tree_id, keys, tree, created_at)
      select held.id, ${step}, held."tenantId", ${tree.id}, ${keys}::text[], ${JSON.stringify(tree)}, held."updatedAt" from held`,
  );
}
