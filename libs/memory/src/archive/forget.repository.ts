import { Injectable } from '@nestjs/common';
import { Database, auditChange, cte, sql, withCtes } from '@assent/platform';

/** Fragments that a request to forget reaches. */
export interface Reached {
  readonly fragmentId: string;
  /** true: all of it goes; false: other runs have left the same text, only the run is taken off. */
  readonly erase: boolean;
}

const ERASED = '[erased]';

/** Takes runs and people out of memory, one statement a method; each can be repeated. */
@Injectable()
export class ForgetRepository {
  constructor(private readonly database: Database) {}

  /** Runs that a subject has started, those of which memory knows among them. */
  async runsOf(tenantId: string, subject: string, after: string | null, limit: number): Promise<string[]> {
    const rows = await this.database.query<{ id: string }>(sql`
      select run_id as id from memory_experiences where tenant_id = ${tenantId} and agent = ${subject}
        ${after === null ? sql`` : sql`and run_id > ${after}`}
      union select run_id from memory_recalls where tenant_id = ${tenantId} and agent = ${subject}
        ${after === null ? sql`` : sql`and run_id > ${after}`}
      order by id limit ${limit}`);
    return rows.map(({ id }) => id);
  }

  async fragmentsOf(tenantId: string, subject: string, limit: number): Promise<string[]> {
    const rows = await this.database.query<{ id: string }>(sql`
      select id from memory_fragments where tenant_id = ${tenantId} and agent = ${subject} and reason is distinct from 'erased' limit ${limit}`);
    return rows.map(({ id }) => id);
  }

  /** What the runs have left, and everything that was made of it, however often it was merged. */
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

  /** Leaves the tombstone: no word, no source, no vector. What an erased merge was made of counts again. */
  async erase(tenantId: string, fragmentIds: readonly string[]): Promise<void> {
    if (fragmentIds.length === 0) return;
    const erased = cte(
      'erased',
      sql`select id, document, lineage, status from memory_fragments where tenant_id = ${tenantId} and id = any(${fragmentIds}::uuid[])
        and reason is distinct from 'erased' order by id for update`,
    );
    const words = cte(
      'words',
      sql`select word, count(*) as docs from erased, unnest(tsvector_to_array(document)) as word where status = 'active' group by word`,
    );
    await this.database.queryAlone(
      withCtes(
        [
          erased,
          words,
          cte(
            'emptied',
            sql`update memory_fragments set status = 'deleted', reason = 'erased', agent = null, active_at = null, text = '', text_hash = 'erased:' || memory_fragments.id, keys = '{}',
              tags = '{}', provenance = '[]', document = '', helpful = 0, harmful = 0, version = version + 1, updated_at = now()
              from erased where memory_fragments.id = erased.id`,
          ),
          cte(
            'restored',
            sql`update memory_fragments set status = 'active', version = version + 1, updated_at = now() where tenant_id = ${tenantId} and status = 'superseded'
              and id in (select unnest(lineage) from erased where status = 'active') and id <> all(${fragmentIds}::uuid[])`,
          ),
          cte(
            'unsaid',
            sql`update memory_words set docs = memory_words.docs - words.docs from words where tenant_id = ${tenantId} and memory_words.word = words.word`,
          ),
          cte('unkept', sql`delete from memory_fragment_versions using erased where fragment_id = erased.id`),
          cte('unmeasured', sql`delete from memory_embeddings using erased where fragment_id = erased.id`),
          cte('unused', sql`delete from memory_uses using erased where fragment_id = erased.id`),
        ],
        sql`select from erased`,
      ),
    );
    // A word of nobody else would tell of what was erased.
    await this.database.query(sql`delete from memory_words where tenant_id = ${tenantId} and docs <= 0`);
  }

  /** Takes runs off fragments that others have left too; counters go down with them. */
  async strip(tenantId: string, runIds: readonly string[], fragmentIds: readonly string[]): Promise<void> {
    if (fragmentIds.length === 0) return;
    await this.database.queryAlone(sql`
      update memory_fragments set version = version + 1, updated_at = now(),
        provenance = (select coalesce(jsonb_agg(source), '[]') from jsonb_array_elements(provenance) as source where (source ->> 'runId')::uuid <> all(${runIds}::uuid[])),
        strength = strength - (select count(*) from jsonb_array_elements(provenance) as source where (source ->> 'runId')::uuid = any(${runIds}::uuid[])),
        helpful = greatest(0, helpful - (select count(*) from jsonb_array_elements(provenance) as source
          where (source ->> 'runId')::uuid = any(${runIds}::uuid[]) and source ->> 'outcome' = 'success')),
        harmful = greatest(0, harmful - (select count(*) from jsonb_array_elements(provenance) as source
          where (source ->> 'runId')::uuid = any(${runIds}::uuid[]) and source ->> 'outcome' <> 'success'))
      where tenant_id = ${tenantId} and id = any(${fragmentIds}::uuid[])`);
  }

  /** Takes the words out of plans that name one of the ids; what they did stays on record. */
  async erasePlans(tenantId: string, ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    await this.database.queryAlone(sql`
      update memory_plans set
        ops = (select coalesce(json_agg((op::jsonb - 'text' - 'keys' - 'tags' - 'provenance' - 'agent') || ${JSON.stringify({ rationale: ERASED })}::jsonb), '[]'::json)
          from json_array_elements(ops) as op),
        inverse = (select json_agg(undo) from json_array_elements(inverse) as undo where (undo ->> 'fragmentId')::uuid <> all(${ids}::uuid[])),
        state = case when state = 'proposed' then 'rejected' else state end
      where tenant_id = ${tenantId} and exists (
        select from unnest(${ids}::uuid[]) as id
        where position(id::text in ops::text || coalesce(result::text, '') || coalesce(inverse::text, '')) > 0)`);
  }

  /** The runs themselves; last, because everything else is found by them. */
  async eraseRuns(tenantId: string, runIds: readonly string[]): Promise<void> {
    const these = sql`tenant_id = ${tenantId} and run_id = any(${runIds}::uuid[])`;
    await this.database.queryAlone(
      withCtes(
        [
          cte('forgotten', sql`delete from memory_experiences where ${these}`),
          cte('unrecalled', sql`delete from memory_recalls where ${these}`),
        ],
        sql`delete from memory_uses where ${these}`,
      ),
    );
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
    await this.database.query(
      withCtes([cte('asked', sql`select 1`), auditChange(tenantId, entry, 'asked')], sql`select from asked`),
    );
  }
}
