import type { Outcome } from '@assent/contract';
import { RUN, cte, sql, type RunPart, type Sql } from '@assent/platform';

/** Runs that were started with `memory: false` are not counted. */
const TEACHES = sql`coalesce(runs.params ->> 'memory', 'true') <> 'false'`;

/** Hash of the statement, as computed by `statementOf`. */
const STATEMENT = sql`'sha256:' || encode(sha256(convert_to(resolved.key, 'UTF8')), 'hex')`;

/**
 * Records a run's findings about statements, together with the resolutions that it stores. Every run counts once for a
 * statement.
 * @param resolved name of the part that stores resolutions and returns run_id, tenant_id, workspace, key, key_truth,
 * created_at
 */
export function learnStatements<Uses>(resolved: Sql<Uses>): RunPart {
  return cte(
    'insert_memory_statement_outcomes',
    sql`insert into memory_statement_outcomes (run_id, statement, tenant_id, workspace, truth, created_at)
      select resolved.run_id, ${STATEMENT}, resolved.tenant_id, resolved.workspace, resolved.key_truth, resolved.created_at
      from ${resolved} as resolved join runs on runs.id = resolved.run_id and ${TEACHES}
      on conflict do nothing`,
  ) as RunPart;
}

/** The outcome of the action of a finished run. */
export interface ActionOutcome {
  readonly family: string;
  readonly signature: string;
  readonly outcome: Outcome;
}

/** Records the outcome of a run's action, once. */
export function learnAction({ family, signature, outcome }: ActionOutcome): RunPart {
  return cte(
    'insert_memory_action_outcomes',
    sql`insert into memory_action_outcomes (run_id, tenant_id, workspace, family, signature, success, created_at)
      select ${RUN.column('id')}, ${RUN.column('tenantId')}, ${RUN.column('workspace')}, ${family}, ${signature}, ${outcome === 'success'},
        ${RUN.column('updatedAt')} from ${RUN}
      on conflict do nothing`,
  );
}
