import { TREES } from './planner.tables';
import { Injectable } from '@nestjs/common';
import type { Action, Assumption, ResolutionHow, Tree } from '@assent/contract';
import { Database, cte, sql, RUN, type RunPart, type Sql } from '@assent/platform';

export interface StepAssumption {
  readonly step: number;
  readonly assumption: Assumption;
  /** null: still open. */
  readonly truth: boolean | null;
  /** null: still open. */
  readonly how: ResolutionHow | null;
}

/** Stored trees, one statement per method. */
@Injectable()
export class TreeRepository {
  constructor(private readonly database: Database) {}

  /** The tree of a step; the newest tree without a step. */
  async find(tenantId: string, runId: string, step: number | null): Promise<Tree | undefined> {
    const rows = await this.database.query<{ tree: Tree }>(treeOfStep(tenantId, runId, step));
    return rows[0]?.tree;
  }

  /** The assumptions of every step of a run, oldest first. */
  async assumptions(tenantId: string, runId: string): Promise<StepAssumption[]> {
    return this.database.query<StepAssumption>(sql`
      select trees.step, assumption, resolutions.truth, resolutions.how from trees
      cross join json_array_elements(tree -> 'assumptions') as assumption
      left join resolutions on resolutions.run_id = trees.run_id and resolutions.assumption_id = assumption ->> 'id'
      where trees.run_id = ${runId} and trees.tenant_id = ${tenantId} order by trees.step`);
  }

  /** The chosen actions of a run's newest steps, newest first. */
  async chosen(tenantId: string, runId: string, limit: number): Promise<Action[]> {
    const rows = await this.database.query<{ action: Action }>(sql`
      select action from trees cross join json_array_elements(tree -> 'actions') as action
      where run_id = ${runId} and tenant_id = ${tenantId} and action ->> 'id' = tree #>> '{chosen,actionId}'
      order by step desc limit ${limit}`);
    return rows.map(({ action }) => action);
  }

  /** Ids of the given runs in whose current tree the statement is open. @param runs query for `id` and `step` of each */
  async waitingOn(runs: Sql, key: string): Promise<string[]> {
    const rows = await this.database.query<{ id: string }>(sql`
      select run.id from (${runs}) run join trees on trees.run_id = run.id and trees.step = run.step
      where ${key} = any(trees.keys) order by run.id`);
    return rows.map(({ id }) => id);
  }
}

/** The query of `find`. */
export function treeOfStep(tenantId: string, runId: string, step: number | null): Sql {
  return sql`select tree from trees where run_id = ${runId} and tenant_id = ${tenantId}
    and (${step}::integer is null or step = ${step}) order by step desc limit 1`;
}

export function insertTree(step: number, tree: Tree): RunPart {
  const keys = tree.assumptions.filter(({ resolved }) => resolved === null).map(({ key }) => key);
  return cte(
    'insert_trees',
    TREES.insert(
      {
        runId: RUN.column('id'),
        step,
        tenantId: RUN.column('tenantId'),
        treeId: tree.id,
        keys,
        tree,
        createdAt: RUN.column('updatedAt'),
      },
      sql`from ${RUN}`,
    ),
  );
}
