import { Injectable } from '@nestjs/common';
import type { MemoryPlan, PlanOp, PlanState } from '@assent/contract';
import { Database, cte, isUniqueViolation, sql, withCtes, type Sql } from '@assent/platform';
import { auditChange } from '@assent/audit';
import { FRAGMENT_COLUMNS } from '../fragment.record';
import type { NewPlan } from './new-plan';
import type { InverseOp, PlanFragment } from './plan.ops';
import { NOW, PLAN_COLUMNS, planAudit, proposed, type Writes } from './plan.statements';

/** Maximum number of retries when runs leave the same text at the same moment; more indicate a fault. */
const MAX_ATTEMPTS = 3;

/** The stored row of a plan. */
export interface PlanRecord extends Omit<MemoryPlan, 'createdAt' | 'appliedAt' | 'ops'> {
  readonly ops: readonly PlanOp[];
  readonly inverse: readonly InverseOp[] | null;
  readonly createdAt: Date;
  readonly appliedAt: Date | null;
}

/** Fragments that a plan names by id, and those that have one of the texts for one of the agents, of the named ones, or of all. */
export interface Named {
  readonly ids: readonly string[];
  readonly texts: readonly string[];
  readonly agents: readonly string[];
}

/** The memory of a tenant while it is locked against changes by other plans. */
export interface Locked {
  readonly version: number;
  readonly frozen: boolean;
  readonly plan: PlanRecord | null;
  readonly fragments: readonly PlanFragment[];
}

/** Plans and their changes, each change in one transaction. */
@Injectable()
export class PlanRepository {
  constructor(private readonly database: Database) {}

  async find(tenantId: string, planId: string): Promise<PlanRecord | null> {
    const rows = await this.database.query<PlanRecord>(
      sql`select ${PLAN_COLUMNS} from memory_plans where tenant_id = ${tenantId} and id = ${planId}`,
    );
    return rows[0] ?? null;
  }

  list(tenantId: string, state: PlanState | null, before: string | null, limit: number): Promise<PlanRecord[]> {
    return this.database.query<PlanRecord>(sql`
      select ${PLAN_COLUMNS} from memory_plans where tenant_id = ${tenantId}
        ${state === null ? sql`` : sql`and state = ${state}`} ${before === null ? sql`` : sql`and id < ${before}`}
      order by id desc limit ${limit}`);
  }

  /** Applied plans of the agent that are still in force, newest first: those after `since`. */
  ofAgent(tenantId: string, since: Date): Promise<PlanRecord[]> {
    return this.database.query<PlanRecord>(sql`
      select ${PLAN_COLUMNS} from memory_plans where tenant_id = ${tenantId} and state = 'applied' and memory_run_id is not null
        and applied_at >= ${since} order by applied_version desc limit 1000`);
  }

  /** Plans that are in force and were applied after this one, on the same fragments. */
  async later(tenantId: string, version: number, fragmentIds: readonly string[]): Promise<string[]> {
    const rows = await this.database.query<{ id: string }>(sql`
      select id from memory_plans where tenant_id = ${tenantId} and state = 'applied' and applied_version > ${version} and reverts is null
        and exists (select from json_array_elements(result) as made where (made ->> 'fragmentId')::uuid = any(${fragmentIds}::uuid[]))
      order by applied_version limit 20`);
    return rows.map(({ id }) => id);
  }

  /** Whether the agent has proposed such a plan before, in any state. */
  async isKnown(tenantId: string, hash: string): Promise<boolean> {
    const rows = await this.database.query(sql`
      select from memory_plans where tenant_id = ${tenantId} and hash = ${hash} and memory_run_id is not null limit 1`);
    return rows.length > 0;
  }

  async version(tenantId: string): Promise<{ version: number; frozen: boolean }> {
    const rows = await this.database.query<{ version: number; frozen: boolean }>(
      sql`select version, frozen from memory_heads where tenant_id = ${tenantId}`,
    );
    return rows[0] ?? { version: 0, frozen: false };
  }

  /** Stores a plan to be decided or applied later; an existing plan with this id is unchanged. */
  async propose(tenantId: string, plan: NewPlan): Promise<void> {
    await this.database.query(sql`${proposed(tenantId, plan)} on conflict do nothing`);
  }

  /** @returns whether it was still open */
  async refuse(tenantId: string, planId: string, actor: string): Promise<boolean> {
    const refused = cte(
      'update_memory_plans',
      sql`update memory_plans set state = 'rejected' where tenant_id = ${tenantId} and id = ${planId} and state = 'proposed' returning id, hash`,
    );
    const audit = auditChange(tenantId, planAudit('reject', actor, planId, null), refused);
    const rows = await this.database.query(withCtes([refused, audit], sql`select id from ${refused}`));
    return rows.length > 0;
  }

  /**
   * Runs a change of the memory of a tenant while it is locked against other plans.
   * @param decide returns the writes, and throws to write nothing; called again if a run left a text of the plan in the
   * meantime
   */
  async locked(
    tenantId: string,
    planId: string,
    named: Named,
    decide: (locked: Locked) => Writes,
  ): Promise<PlanRecord[]> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.decided(tenantId, planId, named, decide);
      } catch (thrown) {
        if (attempt === MAX_ATTEMPTS || !isUniqueViolation(thrown, 'memory_fragments_text')) throw thrown;
      }
    }
  }

  private decided(
    tenantId: string,
    planId: string,
    named: Named,
    decide: (locked: Locked) => Writes,
  ): Promise<PlanRecord[]> {
    const before = [
      sql`insert into memory_heads (tenant_id, updated_at) values (${tenantId}, ${NOW}) on conflict do nothing`,
      sql`select version, frozen from memory_heads where tenant_id = ${tenantId} for update`,
      sql`select ${PLAN_COLUMNS} from memory_plans where tenant_id = ${tenantId} and id = ${planId} for update`,
      sql`select ${FRAGMENT_COLUMNS} from memory_fragments where tenant_id = ${tenantId}
        and (id = any(${named.ids}::uuid[]) or text_hash in (${hashesOf(tenantId, named)})) order by id for update`,
    ];
    return this.database.within<PlanRecord>(before, async ([, heads, plans, fragments]) => {
      const [head] = heads as { version: number; frozen: boolean }[];
      const [plan = null] = plans as PlanRecord[];
      const state = { version: head?.version ?? 0, frozen: head?.frozen ?? false, plan };
      const { first, last } = decide({ ...state, fragments: fragments as PlanFragment[] });
      for (const statement of first) await this.database.query(statement);
      return last;
    });
  }
}

/** Hashes of `textHashOf`. */
function hashesOf(tenantId: string, { ids, texts, agents }: Named): Sql {
  return sql`select 'sha256:' || encode(sha256(convert_to(case when owner.agent is null then said else owner.agent || chr(10) || said end, 'UTF8')), 'hex')
    from unnest(${texts}::text[]) as said, (
      select agent from memory_fragments where tenant_id = ${tenantId} and id = any(${ids}::uuid[])
      union select unnest(${agents}::text[]) union select null
    ) as owner`;
}
