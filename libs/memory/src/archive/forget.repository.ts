import { Injectable } from '@nestjs/common';
import type { RunState } from '@assent/contract';
import { Database, cte, sql, withCtes, type Sql } from '@assent/platform';
import { auditChange } from '@assent/audit';
import { ERASED, eraseComments, eraseEvents, eraseOwnSearches, eraseRunTexts } from './run-erasure';

/** Fragments affected by a request to forget. */
export interface Reached {
  readonly fragmentId: string;
  /** true: the whole fragment is erased; false: other runs left the same text, so only the run is removed from it. */
  readonly erase: boolean;
}

/** Selects plans by the runs and fragments that they name, or by the agent that they add lessons for. */
export type PlansOf = { readonly ids: readonly string[] } | { readonly agent: string };

/** Removes runs and people from memory, one statement per method; each can be repeated. */
@Injectable()
export class ForgetRepository {
  constructor(private readonly database: Database) {}

  /** An unfinished run among those given, by id or by requester. */
  async unfinished(
    tenantId: string,
    of: { readonly runId: string } | { readonly subject: string },
  ): Promise<{ id: string; state: RunState } | undefined> {
    const whose = 'runId' in of ? sql`id = ${of.runId}` : sql`requester = ${of.subject}`;
    const rows = await this.database.query<{ id: string; state: RunState }>(sql`
      select id, state from runs where tenant_id = ${tenantId} and ${whose} and finished_at is null order by id limit 1`);
    return rows[0];
  }

  /** Erases the rows of the runs themselves; see RUN_TABLES. */
  async eraseRunTexts(tenantId: string, runId: string): Promise<void> {
    for (const statement of eraseRunTexts(tenantId, [runId])) await this.database.queryDedicated(statement);
  }

  /**
   * Runs that a subject started, including those known only to memory. A run that started meanwhile and has not ended is
   * excluded: it still needs its input, and would write more.
   */
  async runsOf(tenantId: string, subject: string, after: string | null, limit: number): Promise<string[]> {
    const from = after === null ? sql`` : sql`and run_id > ${after}`;
    const rows = await this.database.query<{ id: string }>(sql`
      select run_id as id from (
        select run_id from memory_experiences where tenant_id = ${tenantId} and agent = ${subject} ${from}
        union select run_id from memory_recalls where tenant_id = ${tenantId} and agent = ${subject} ${from}
        union select run_id from (select id as run_id, tenant_id, requester from runs) as started
          where tenant_id = ${tenantId} and requester = ${subject} ${from}
      ) as named
      where not exists (select from runs where runs.tenant_id = ${tenantId} and runs.id = named.run_id and finished_at is null)
      order by run_id limit ${limit}`);
    return rows.map(({ id }) => id);
  }

  async fragmentsOf(tenantId: string, subject: string, limit: number): Promise<string[]> {
    const rows = await this.database.query<{ id: string }>(sql`
      select id from memory_fragments where tenant_id = ${tenantId} and agent = ${subject} and reason is distinct from 'erased' limit ${limit}`);
    return rows.map(({ id }) => id);
  }

  /** Fragments that the runs left, and all fragments derived from them, through any number of merges. */
  reached(tenantId: string, runIds: readonly string[]): Promise<Reached[]> {
    return this.database.query<Reached>(sql`
      with recursive left_by as (
        select distinct memory_fragments.id, lineage = '{}' and origin = 'run' and exists (
            select from jsonb_array_elements(provenance) as other where (other ->> 'runId')::uuid <> all(${runIds}::uuid[])
          ) as stays
        from unnest(${runIds}::uuid[]) as run_id
          join memory_fragments on provenance @> jsonb_build_array(jsonb_build_object('runId', run_id)) and tenant_id = ${tenantId}
      ), reached as (
        select id, stays from left_by
        union select memory_fragments.id, false from reached join memory_fragments on lineage && array[reached.id] and lineage <> '{}' and tenant_id = ${tenantId}
      )
      select id as "fragmentId", not bool_and(stays) as erase from reached group by id`);
  }

  /** Keeps only the tombstone, without text, source or vector. Sources of an erased merge become active again. */
  async erase(tenantId: string, fragmentIds: readonly string[]): Promise<void> {
    if (fragmentIds.length === 0) return;
    const erased = cte(
      'lock_memory_fragments',
      sql`select id, document, lineage, status from memory_fragments where tenant_id = ${tenantId} and id = any(${fragmentIds}::uuid[])
        and reason is distinct from 'erased' order by id for update`,
    );
    const words = cte(
      'count_words',
      sql`select word, count(*) as docs from ${erased}, unnest(tsvector_to_array(document)) as word where status = 'active' group by word`,
    );
    await this.database.queryDedicated(
      withCtes(
        [
          erased,
          words,
          cte(
            'update_memory_fragments',
            sql`update memory_fragments set status = 'deleted', reason = 'erased', agent = null, active_at = null, text = '', text_hash = 'erased:' || memory_fragments.id, keys = '{}',
              tags = '{}', provenance = '[]', document = '', helpful = 0, harmful = 0, version = version + 1, updated_at = now()
              from ${erased} where memory_fragments.id = ${erased}.id`,
          ),
          cte(
            'restore_memory_fragments',
            sql`update memory_fragments set status = 'active', version = version + 1, updated_at = now() where tenant_id = ${tenantId} and status = 'superseded'
              and id in (select unnest(lineage) from ${erased} where status = 'active') and id <> all(${fragmentIds}::uuid[])`,
          ),
          cte(
            'update_memory_words',
            sql`update memory_words set docs = memory_words.docs - words.docs from ${words} words where tenant_id = ${tenantId} and memory_words.word = words.word`,
          ),
          cte(
            'delete_memory_fragment_versions',
            sql`delete from memory_fragment_versions using ${erased} where fragment_id = ${erased}.id`,
          ),
          cte(
            'delete_memory_embeddings',
            sql`delete from memory_embeddings using ${erased} where fragment_id = ${erased}.id`,
          ),
          cte('delete_memory_uses', sql`delete from memory_uses using ${erased} where fragment_id = ${erased}.id`),
        ],
        sql`select from ${erased}`,
      ),
    );
    // A word used by nobody else would reveal what was erased.
    await this.database.query(sql`delete from memory_words where tenant_id = ${tenantId} and docs <= 0`);
  }

  /** Removes runs from fragments that other runs also left; each removal lowers their strength. */
  async strip(tenantId: string, runIds: readonly string[], fragmentIds: readonly string[]): Promise<void> {
    if (fragmentIds.length === 0) return;
    await this.database.queryDedicated(sql`
      update memory_fragments set version = version + 1, updated_at = now(),
        provenance = (select coalesce(jsonb_agg(source), '[]') from jsonb_array_elements(provenance) as source where (source ->> 'runId')::uuid <> all(${runIds}::uuid[])),
        strength = strength - (select count(*) from jsonb_array_elements(provenance) as source where (source ->> 'runId')::uuid = any(${runIds}::uuid[]))
      where tenant_id = ${tenantId} and id = any(${fragmentIds}::uuid[])`);
  }

  /** Plans that can still be applied or wait for a decision. */
  async openPlans(tenantId: string, of: PlansOf): Promise<string[]> {
    const rows = await this.database.query<{ id: string }>(sql`
      select id from memory_plans where ${naming(tenantId, of)} and (state = 'proposed' or exists (
        select from approvals where approvals.tenant_id = ${tenantId} and subject_type = 'memory_plan' and subject_id = memory_plans.id::text
          and approvals.state = 'pending' and subject_type <> 'diff')) order by id`);
    return rows.map(({ id }) => id);
  }

  /**
   * Erases the text of plans, of their approvals and of their webhook bodies; the record of what they did remains. Open plans
   * are rejected first: see `openPlans`.
   */
  async erasePlans(tenantId: string, of: PlansOf): Promise<void> {
    const ids = 'ids' in of ? of.ids : [];
    const named = naming(tenantId, of);
    const planIds = sql`select id::text from memory_plans where ${named}`;
    const about = sql`tenant_id = ${tenantId} and subject_type = 'memory_plan' and subject_id in (${planIds})`;
    // The event that voids an approval contains none of its text.
    const events = sql`select id from webhook_events where tenant_id = ${tenantId} and type like 'approval.%' and type <> 'approval.voided'
      and body::json -> 'data' -> 'subject' ->> 'id' in (${planIds})`;
    const shown = [
      cte('update_approvals', sql`update approvals set content = null, title = ${ERASED} where ${about}`),
      ...eraseComments(tenantId, sql`select id from approvals where ${about}`),
      ...eraseEvents(tenantId, events),
    ];
    const plans = sql`
      update memory_plans set
        ops = (select coalesce(json_agg((op::jsonb - 'text' - 'keys' - 'tags' - 'provenance' - 'agent') || ${JSON.stringify({ rationale: ERASED })}::jsonb), '[]'::json)
          from json_array_elements(ops) as op),
        inverse = (select json_agg(undo) from json_array_elements(inverse) as undo where (undo ->> 'fragmentId')::uuid <> all(${ids}::uuid[])),
        state = case when state = 'proposed' then 'rejected' else state end
      where ${named}`;
    await this.database.queryDedicated(withCtes(shown, plans));
  }

  /** Deletes the runs' own rows; last, because everything else is found through them. */
  async eraseRuns(tenantId: string, runIds: readonly string[]): Promise<void> {
    const these = sql`tenant_id = ${tenantId} and run_id = any(${runIds}::uuid[])`;
    await this.database.queryDedicated(
      withCtes(
        [
          cte('delete_memory_experiences', sql`delete from memory_experiences where ${these}`),
          cte('delete_memory_recalls', sql`delete from memory_recalls where ${these}`),
          cte('delete_memory_statement_outcomes', sql`delete from memory_statement_outcomes where ${these}`),
          cte('delete_memory_action_outcomes', sql`delete from memory_action_outcomes where ${these}`),
          cte('delete_memory_families', sql`delete from memory_families where ${these} and key <> family`),
          cte(
            'update_memory_families',
            sql`update memory_families set goal = '', run_id = null where ${these} and key = family`,
          ),
          cte('delete_memory_uses', sql`delete from memory_uses where ${these} returning fragment_id, helped, counted`),
        ],
        // The run's contribution to the credit of fragments is removed with it.
        sql`update memory_fragments set helpful = greatest(0, helpful - uses.helped), harmful = greatest(0, harmful - uses.harmed)
          from (select fragment_id, count(*) filter (where helped) as helped, count(*) filter (where not helped) as harmed
            from delete_memory_uses where counted group by fragment_id) as uses
          where memory_fragments.id = uses.fragment_id and memory_fragments.tenant_id = ${tenantId}`,
      ),
    );
    // These families had no other runs.
    await this.database.query(sql`
      delete from memory_families where tenant_id = ${tenantId} and run_id is null and not exists (
        select from memory_experiences where memory_experiences.tenant_id = ${tenantId} and goal_key = memory_families.family)`);
  }

  /** Searches without a run; those of runs go with them. */
  async eraseSearches(tenantId: string, subject: string): Promise<void> {
    for (const statement of eraseOwnSearches(tenantId, subject)) await this.database.queryDedicated(statement);
  }

  async eraseMetaPrompts(tenantId: string, agent: string): Promise<void> {
    await this.database.query(sql`delete from meta_prompts where tenant_id = ${tenantId} and agent = ${agent}`);
  }

  async audit(tenantId: string, actor: string, what: Readonly<Record<string, unknown>>): Promise<void> {
    const entry = {
      action: 'memory.forget',
      actor,
      subjectType: 'memory',
      subjectId: tenantId,
      hash: null,
      detail: what,
    } as const;
    const always = cte('select_one', sql`select 1`);
    await this.database.query(withCtes([always, auditChange(tenantId, entry, always)], sql`select from ${always}`));
  }
}

function naming(tenantId: string, of: PlansOf): Sql {
  const these =
    'agent' in of
      ? sql`select from json_array_elements(ops) as op where op ->> 'agent' = ${of.agent}`
      : sql`select from unnest(${of.ids}::uuid[]) as named
        where position(named::text in ops::text || coalesce(result::text, '') || coalesce(inverse::text, '')) > 0`;
  return sql`tenant_id = ${tenantId} and exists (${these})`;
}
