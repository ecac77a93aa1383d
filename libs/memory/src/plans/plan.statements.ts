import type { MemoryPlan, PlanOp } from '@assent/contract';
import { auditChange, type AuditEntry } from '@assent/audit';
import { contentHashOf, cte, sql, withCtes, type Cte, type Sql } from '@assent/platform';
import { searchableText } from '../recall/searchable-text';
import { textHashOf } from '../text-hash';
import type { NewPlan } from './new-plan';
import { REVERTED } from './plan.inverse';
import type { InverseOp, PlanFragment } from './plan.ops';

/** Author of the rule-based plans of the optimization agent. */
export const AGENT = 'system:memory';

export const NOW = sql`date_trunc('milliseconds', now())`;

export const PLAN_COLUMNS: Sql = sql`memory_plans.id as "planId", memory_plans.state, memory_plans.base_version as "baseVersion",
  memory_plans.applied_version as "appliedVersion", memory_plans.ops, memory_plans.hash, memory_plans.inverse, memory_plans.result,
  memory_plans.author, memory_plans.memory_run_id as "memoryRunId", memory_plans.reverts, memory_plans.rebased_from as "rebasedFrom",
  memory_plans.created_at as "createdAt", memory_plans.applied_at as "appliedAt"`;

/** Fragments after a plan, and before it. */
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

/** Statements of one transaction, in order; `last` answers the plan. */
export interface Writes {
  readonly first: readonly Sql[];
  readonly last: Sql;
}

export function hashOfOps(ops: readonly PlanOp[]): string {
  return contentHashOf(JSON.stringify(ops));
}

export function planAudit(verb: string, actor: string, planId: string, hash: string | null): AuditEntry {
  return { action: `memory_plan.${verb}`, actor, subjectType: 'memory_plan', subjectId: planId, hash, detail: {} };
}

/** Only reads the plan. */
export function unchanged(tenantId: string, planId: string): Writes {
  return {
    first: [],
    last: sql`select ${PLAN_COLUMNS} from memory_plans where tenant_id = ${tenantId} and id = ${planId}`,
  };
}

export function proposed(tenantId: string, plan: NewPlan): Sql {
  const { planId, baseVersion, ops, author, memoryRunId, rebasedFrom } = plan;
  return sql`insert into memory_plans (id, tenant_id, base_version, state, ops, hash, author, memory_run_id, rebased_from, created_at)
    values (${planId}, ${tenantId}, ${baseVersion}, 'proposed', ${JSON.stringify(ops)}, ${hashOfOps(ops)}, ${author}, ${memoryRunId},
      ${rebasedFrom}, ${NOW})`;
}

/** Rejects a plan whose base is outdated, and stores the same plan on the current base. */
export function rejected(tenantId: string, plan: NewPlan, rebased: NewPlan | null): Writes {
  const refused = cte(
    'insert_memory_plans',
    sql`insert into memory_plans (id, tenant_id, base_version, state, ops, hash, author, memory_run_id, rebased_from, created_at)
          values (${plan.planId}, ${tenantId}, ${plan.baseVersion}, 'rejected', ${JSON.stringify(plan.ops)}, ${hashOfOps(plan.ops)},
            ${plan.author}, ${plan.memoryRunId}, ${plan.rebasedFrom}, ${NOW})
          on conflict (id) do update set state = 'rejected' returning ${PLAN_COLUMNS}`,
  );
  const last = withCtes(
    [
      refused,
      ...(rebased
        ? [cte('insert_memory_plans_rebased', sql`${proposed(tenantId, rebased)} on conflict do nothing`)]
        : []),
      auditChange(tenantId, planAudit('reject', plan.author, plan.planId, hashOfOps(plan.ops)), refused),
    ],
    sql`select * from ${refused}`,
  );
  return { first: [], last };
}

/** Fragments, their history, the version of the memory, the plan and its audit row. */
export function applied(tenantId: string, plan: NewPlan, actor: string, what: Application): Writes {
  const { planId, baseVersion, ops, author, memoryRunId, rebasedFrom } = plan;
  const { inverse, result, version } = what;
  const stored = cte(
    'insert_memory_plans',
    sql`insert into memory_plans (id, tenant_id, base_version, state, ops, hash, inverse, result, applied_version, author, memory_run_id,
            rebased_from, created_at, applied_at)
          values (${planId}, ${tenantId}, ${baseVersion}, 'applied', ${JSON.stringify(ops)}, ${hashOfOps(ops)}, ${JSON.stringify(inverse)},
            ${JSON.stringify(result)}, ${version}, ${author}, ${memoryRunId}, ${rebasedFrom}, ${NOW}, ${NOW})
          on conflict (id) do update set state = 'applied', inverse = excluded.inverse, result = excluded.result,
            applied_version = excluded.applied_version, applied_at = excluded.applied_at
          returning ${PLAN_COLUMNS}`,
  );
  const last = withCtes(
    [
      ...fragmentWrites(tenantId, what, author === AGENT),
      stored,
      auditChange(tenantId, planAudit('apply', actor, planId, hashOfOps(ops)), stored),
    ],
    sql`select * from ${stored}`,
  );
  return { first: abandoned(tenantId, what), last };
}

/** The revert is recorded as a plan of its own: `revertId`. */
export function reverted(
  tenantId: string,
  plan: NewPlan & { hash: string },
  revertId: string,
  actor: string,
  what: FragmentChange,
): Writes {
  const stored = cte(
    'update_memory_plans',
    sql`update memory_plans set state = 'reverted' where id = ${plan.planId} and tenant_id = ${tenantId} returning ${PLAN_COLUMNS}`,
  );
  const last = withCtes(
    [
      ...fragmentWrites(tenantId, what, false),
      cte(
        'insert_memory_plans',
        sql`insert into memory_plans (id, tenant_id, base_version, state, ops, hash, applied_version, author, memory_run_id, reverts, created_at, applied_at)
          values (${revertId}, ${tenantId}, ${what.version - 1}, 'applied', '[]', ${hashOfOps([])}, ${what.version}, ${actor}, null, ${plan.planId}, ${NOW}, ${NOW})`,
      ),
      stored,
      auditChange(tenantId, planAudit('revert', actor, plan.planId, plan.hash), stored),
    ],
    sql`select * from ${stored}`,
  );
  return { first: abandoned(tenantId, what), last };
}

/** The columns of a fragment and their types, for json_to_recordset. */
const SHAPE = sql`as f (id uuid, agent text, origin text, status text, text text, searchable text, hash text, keys text[], tags text[], helpful integer,
  harmful integer, strength integer, version integer, provenance jsonb, lineage uuid[], reason text)`;

/**
 * Hashes are unique, and a plan may exchange texts among fragments. A first statement therefore replaces the hashes of
 * all changed fragments, because one statement cannot change a row twice.
 */
function abandoned(tenantId: string, { before }: FragmentChange): Sql[] {
  if (before.length === 0) return [];
  const ids = before.map(({ fragmentId }) => fragmentId);
  return [
    sql`update memory_fragments set text_hash = ${placeholder(sql`id`)} where tenant_id = ${tenantId} and id = any(${ids}::uuid[])`,
  ];
}

/** Placeholder for the hash of a fragment without one. */
function placeholder(id: Sql): Sql {
  return sql`'sha256:' || encode(sha256(convert_to('given up: ' || ${id}::text, 'UTF8')), 'hex')`;
}

/**
 * Parts that write fragments; `abandoned` MUST have been executed before.
 * @param byRule deleted fragments count as retired by a rule
 */
function fragmentWrites(
  tenantId: string,
  { changed, before, planId, version }: FragmentChange,
  byRule: boolean,
): Cte[] {
  const known = new Set(before.map(({ fragmentId }) => fragmentId));
  const hashHolders = holdersOf(changed);
  const rows = changed.map((fragment) => ({ ...row(fragment, hashHolders), isNew: !known.has(fragment.fragmentId) }));
  const updating = rows.filter(({ isNew }) => !isNew);
  const adding = rows.filter(({ isNew }) => isNew);
  // A fragment outside the plan may have got the same text in the meantime: it keeps the hash, by which agreement finds it.
  const free = sql`f.hash is not null and not exists (select from memory_fragments other where other.tenant_id = ${tenantId}
    and other.text_hash = f.hash and other.id <> f.id)`;
  return [
    cte(
      'update_memory_heads',
      sql`update memory_heads set version = ${version}, updated_at = ${NOW} where tenant_id = ${tenantId}`,
    ),
    cte(
      'insert_memory_fragment_versions',
      sql`insert into memory_fragment_versions (fragment_id, version, tenant_id, status, text, keys, tags, plan_id, created_at)
        select f.id, f.version, ${tenantId}, f.status, f.text, f.keys, f.tags, ${planId}, ${NOW}
        from json_to_recordset(${JSON.stringify(before.map((fragment) => row(fragment, new Map())))}::json) ${SHAPE} on conflict do nothing`,
    ),
    cte(
      'update_memory_fragments',
      sql`update memory_fragments set status = f.status, text = f.text, keys = f.keys, tags = f.tags, strength = f.strength,
          text_hash = case when ${free} then f.hash else ${placeholder(sql`f.id`)} end, version = f.version, reason = f.reason,
          retired = f.status = 'deleted' and (memory_fragments.retired or (${byRule} and memory_fragments.status <> 'deleted')),
          origin = f.origin, provenance = f.provenance, document = to_tsvector('english', f.searchable), updated_at = ${NOW},
          active_at = case when f.status = 'active' then coalesce(memory_fragments.active_at, ${NOW}) else memory_fragments.active_at end
        from json_to_recordset(${JSON.stringify(updating)}::json) ${SHAPE}
        where memory_fragments.id = f.id and memory_fragments.tenant_id = ${tenantId}`,
    ),
    cte(
      'insert_memory_fragments',
      sql`insert into memory_fragments (id, tenant_id, agent, origin, status, text, text_hash, keys, tags, helpful, harmful, strength, version,
          provenance, lineage, reason, document, active_at, created_at, updated_at)
        select f.id, ${tenantId}, f.agent, f.origin, f.status, f.text, coalesce(f.hash, ${placeholder(sql`f.id`)}), f.keys, f.tags, f.helpful, f.harmful, f.strength, f.version,
          f.provenance, f.lineage, f.reason, to_tsvector('english', f.searchable), case when f.status = 'active' then ${NOW} end, ${NOW}, ${NOW}
        from json_to_recordset(${JSON.stringify(adding)}::json) ${SHAPE}`,
    ),
  ];
}

/** The fragment that gets the hash among those with one text: preferably one in use, never a reverted one. */
function holdersOf(changed: readonly PlanFragment[]): ReadonlyMap<string, string> {
  const isUsed = ({ status }: PlanFragment) => status === 'active' || status === 'staged';
  const kept = changed.filter(({ status, reason }) => status !== 'deleted' || reason !== REVERTED);
  const inOrder = [...kept.filter((fragment) => !isUsed(fragment)), ...kept.filter(isUsed)];
  return new Map(inOrder.map(({ fragmentId, agent, text }) => [textHashOf(agent, text), fragmentId]));
}

function row({ fragmentId: id, ...fragment }: PlanFragment, hashHolders: ReadonlyMap<string, string>) {
  const hash = textHashOf(fragment.agent, fragment.text);
  return {
    ...fragment,
    id,
    searchable: searchableText(fragment.text),
    hash: hashHolders.get(hash) === id ? hash : null,
  };
}
