import type { MemoryPlan, PlanOp } from '@assent/contract';
import { auditChange, contentHashOf, cte, sql, withCtes, type AuditEntry, type Cte, type Sql } from '@assent/platform';
import { textHashOf } from '../text-hash';
import type { NewPlan } from './new-plan';
import { REVERTED } from './plan.inverse';
import type { InverseOp, PlanFragment } from './plan.ops';

export const NOW = sql`date_trunc('milliseconds', now())`;

export const PLAN_COLUMNS: Sql = sql`memory_plans.id as "planId", memory_plans.state, memory_plans.base_version as "baseVersion",
  memory_plans.applied_version as "appliedVersion", memory_plans.ops, memory_plans.hash, memory_plans.inverse, memory_plans.result,
  memory_plans.author, memory_plans.memory_run_id as "memoryRunId", memory_plans.reverts, memory_plans.rebased_from as "rebasedFrom",
  memory_plans.created_at as "createdAt", memory_plans.applied_at as "appliedAt"`;

/** Fragments as they are after a plan, and as they were before. */
export interface FragmentChange {
  readonly version: number;
  readonly planId: string;
  readonly changed: readonly PlanFragment[];
  readonly before: readonly PlanFragment[];
}

export interface Application extends FragmentChange {
  readonly inverse: readonly InverseOp[];
  readonly result: MemoryPlan['result'];
}

export function hashOfOps(ops: readonly PlanOp[]): string {
  return contentHashOf(JSON.stringify(ops));
}

export function planAudit(verb: string, actor: string, planId: string, hash: string | null): AuditEntry {
  return { action: `memory_plan.${verb}`, actor, subjectType: 'memory_plan', subjectId: planId, hash, detail: {} };
}

/** The plan as it is, and nothing else. */
export function unchanged(tenantId: string, planId: string): Sql {
  return sql`select ${PLAN_COLUMNS} from memory_plans where tenant_id = ${tenantId} and id = ${planId}`;
}

export function proposed(tenantId: string, plan: NewPlan): Sql {
  const { planId, baseVersion, ops, author, memoryRunId, rebasedFrom } = plan;
  return sql`insert into memory_plans (id, tenant_id, base_version, state, ops, hash, author, memory_run_id, rebased_from, created_at)
    values (${planId}, ${tenantId}, ${baseVersion}, 'proposed', ${JSON.stringify(ops)}, ${hashOfOps(ops)}, ${author}, ${memoryRunId},
      ${rebasedFrom}, ${NOW})`;
}

/** A plan whose base is gone, and the same once more on the present one. */
export function rejected(tenantId: string, plan: NewPlan, rebased: NewPlan | null): Sql {
  return withCtes(
    [
      cte(
        'refused',
        sql`insert into memory_plans (id, tenant_id, base_version, state, ops, hash, author, memory_run_id, rebased_from, created_at)
          values (${plan.planId}, ${tenantId}, ${plan.baseVersion}, 'rejected', ${JSON.stringify(plan.ops)}, ${hashOfOps(plan.ops)},
            ${plan.author}, ${plan.memoryRunId}, ${plan.rebasedFrom}, ${NOW})
          on conflict (id) do update set state = 'rejected' returning ${PLAN_COLUMNS}`,
      ),
      ...(rebased ? [cte('rebased', sql`${proposed(tenantId, rebased)} on conflict do nothing`)] : []),
      auditChange(tenantId, planAudit('reject', plan.author, plan.planId, hashOfOps(plan.ops)), 'refused'),
    ],
    sql`select * from refused`,
  );
}

/** Fragments, their history, the version of the memory, the plan and its audit row. */
export function applied(tenantId: string, plan: NewPlan, actor: string, what: Application): Sql {
  const { planId, baseVersion, ops, author, memoryRunId, rebasedFrom } = plan;
  const { inverse, result, version } = what;
  return withCtes(
    [
      ...fragmentWrites(tenantId, what),
      cte(
        'told',
        sql`insert into memory_plans (id, tenant_id, base_version, state, ops, hash, inverse, result, applied_version, author, memory_run_id,
            rebased_from, created_at, applied_at)
          values (${planId}, ${tenantId}, ${baseVersion}, 'applied', ${JSON.stringify(ops)}, ${hashOfOps(ops)}, ${JSON.stringify(inverse)},
            ${JSON.stringify(result)}, ${version}, ${author}, ${memoryRunId}, ${rebasedFrom}, ${NOW}, ${NOW})
          on conflict (id) do update set state = 'applied', inverse = excluded.inverse, result = excluded.result,
            applied_version = excluded.applied_version, applied_at = excluded.applied_at
          returning ${PLAN_COLUMNS}`,
      ),
      auditChange(tenantId, planAudit('apply', actor, planId, hashOfOps(ops)), 'told'),
    ],
    sql`select * from told`,
  );
}

/** The plan is taken back by a plan of its own: `revertId`. */
export function reverted(
  tenantId: string,
  plan: NewPlan & { hash: string },
  revertId: string,
  actor: string,
  what: FragmentChange,
): Sql {
  return withCtes(
    [
      ...fragmentWrites(tenantId, what),
      cte(
        'undoing',
        sql`insert into memory_plans (id, tenant_id, base_version, state, ops, hash, applied_version, author, memory_run_id, reverts, created_at, applied_at)
          values (${revertId}, ${tenantId}, ${what.version - 1}, 'applied', '[]', ${hashOfOps([])}, ${what.version}, ${actor}, null, ${plan.planId}, ${NOW}, ${NOW})`,
      ),
      cte(
        'told',
        sql`update memory_plans set state = 'reverted' where id = ${plan.planId} and tenant_id = ${tenantId} returning ${PLAN_COLUMNS}`,
      ),
      auditChange(tenantId, planAudit('revert', actor, plan.planId, plan.hash), 'told'),
    ],
    sql`select * from told`,
  );
}

/** What the columns of a fragment are in JSON, for json_to_recordset. */
const SHAPE = sql`as f (id uuid, agent text, origin text, status text, text text, hash text, keys text[], tags text[], helpful integer,
  harmful integer, strength integer, version integer, provenance jsonb, lineage uuid[], reason text)`;

/** Parts that write fragments. Hashes are unique, so those that are given up go first, then changes, then what is new. */
function fragmentWrites(tenantId: string, { changed, before, planId, version }: FragmentChange): Cte[] {
  const known = new Set(before.map(({ fragmentId }) => fragmentId));
  const taken = new Set(
    changed
      .filter(({ status }) => status === 'active' || status === 'staged')
      .map(({ agent, text }) => textHashOf(agent, text)),
  );
  const rows = changed.map((fragment) => ({ ...row(fragment, taken), isNew: !known.has(fragment.fragmentId) }));
  const releasing = rows.filter(({ isNew, released }) => !isNew && released);
  const updating = rows.filter(({ isNew, released }) => !isNew && !released);
  const adding = rows.filter(({ isNew }) => isNew);
  const set = sql`set status = f.status, text = f.text, text_hash = f.hash, keys = f.keys, tags = f.tags, strength = f.strength, version = f.version,
    reason = f.reason, origin = f.origin, provenance = f.provenance, document = to_tsvector('english', f.text), updated_at = ${NOW},
    active_at = case when f.status = 'active' then coalesce(memory_fragments.active_at, ${NOW}) else memory_fragments.active_at end`;
  const where = sql`where memory_fragments.id = f.id and memory_fragments.tenant_id = ${tenantId}`;
  return [
    cte('raised', sql`update memory_heads set version = ${version}, updated_at = ${NOW} where tenant_id = ${tenantId}`),
    cte(
      'kept',
      sql`insert into memory_fragment_versions (fragment_id, version, tenant_id, status, text, keys, tags, plan_id, created_at)
        select f.id, f.version, ${tenantId}, f.status, f.text, f.keys, f.tags, ${planId}, ${NOW}
        from json_to_recordset(${JSON.stringify(before.map((fragment) => row(fragment, new Set())))}::json) ${SHAPE} on conflict do nothing`,
    ),
    cte(
      'released',
      sql`update memory_fragments ${set} from json_to_recordset(${JSON.stringify(releasing)}::json) ${SHAPE} ${where} returning memory_fragments.id`,
    ),
    cte(
      'changed',
      sql`update memory_fragments ${set} from json_to_recordset(${JSON.stringify(updating)}::json) ${SHAPE}
        ${where} and (select count(*) from released) >= 0 returning memory_fragments.id`,
    ),
    cte(
      'added',
      sql`insert into memory_fragments (id, tenant_id, agent, origin, status, text, text_hash, keys, tags, helpful, harmful, strength, version,
          provenance, lineage, reason, document, active_at, created_at, updated_at)
        select f.id, ${tenantId}, f.agent, f.origin, f.status, f.text, f.hash, f.keys, f.tags, f.helpful, f.harmful, f.strength, f.version,
          f.provenance, f.lineage, f.reason, to_tsvector('english', f.text), case when f.status = 'active' then ${NOW} end, ${NOW}, ${NOW}
        from json_to_recordset(${JSON.stringify(adding)}::json) ${SHAPE} where (select count(*) from changed) >= 0`,
    ),
  ];
}

/** A fragment gives its hash up when another one has its text now, or when the plan that added it is taken back. */
function row({ fragmentId: id, ...fragment }: PlanFragment, taken: ReadonlySet<string>) {
  const { agent, text, status, reason } = fragment;
  const own = textHashOf(agent, text);
  const released = (status === 'superseded' && taken.has(own)) || (status === 'deleted' && reason === REVERTED);
  return { ...fragment, id, hash: released ? contentHashOf(`given up: ${id}`) : own, released };
}
