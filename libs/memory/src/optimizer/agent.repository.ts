import { Injectable } from '@nestjs/common';
import type { Fragment } from '@assent/contract';
import { Database, sql, type Sql } from '@assent/platform';
import { FRAGMENT_COLUMNS } from '../fragment.record';
import { UNPARSED } from '../plans/plan.ops';
import { AGREEMENT, USES } from '../promotion';
import type { PastRun } from './contrast';

/** Trigram similarity from which two fragments are considered duplicates: a word or two of a sentence differ. */
const DUPLICATE = 0.85;
const COUNTED_AT_ONCE = 1_000;
/** Fragments activated more recently than this are not counted yet, because an older one may still commit late. */
const QUIET_SECONDS = 30;

export type ReadFragment = Pick<
  Fragment,
  'fragmentId' | 'agent' | 'text' | 'tags' | 'helpful' | 'harmful' | 'strength' | 'provenance'
>;

/** Runs of an agent for one goal that a model has read. */
export interface ReadGoal {
  readonly agent: string;
  readonly goalKey: string;
  readonly runIds: readonly string[];
}

const EXPERIENCE: Sql = sql`run_id as "runId", agent, goal, goal_key as "goalKey", outcome, score, ending, action, tool, path, created_at as "createdAt"`;

/** Goal families of the runs that left a fragment; empty where no such run is known. */
function familiesOf(tenantId: string, provenance: Sql): Sql {
  return sql`array(select distinct goal_key from jsonb_array_elements(${provenance}) as source
    join memory_experiences on run_id = (source ->> 'runId')::uuid and memory_experiences.tenant_id = ${tenantId} order by goal_key)`;
}

const PROVENANCE: Sql = sql`memory_fragments.provenance`;

/** Other active fragments of the same agent and goal families, with the same tags. */
function mergeableWith(tenantId: string, { fragmentId, agent, tags, provenance }: ReadFragment): Sql {
  return sql`tenant_id = ${tenantId} and id <> ${fragmentId} and status = 'active'
    and agent is not distinct from ${agent} and tags @> ${tags}::text[] and tags <@ ${tags}::text[]
    and ${familiesOf(tenantId, PROVENANCE)} = ${familiesOf(tenantId, sql`${JSON.stringify(provenance)}::jsonb`)}`;
}

/** Reads of the optimization agent, in batches. */
@Injectable()
export class AgentRepository {
  constructor(private readonly database: Database) {}

  /** Active fragments with enough uses for a judgement, or with no strength left. */
  judged(tenantId: string, after: string | null, limit: number): Promise<ReadFragment[]> {
    return this.page(
      tenantId,
      after,
      limit,
      sql`status = 'active' and (helpful + harmful >= ${USES} or strength <= 0)`,
    );
  }

  /** Staged fragments that enough different runs have left. */
  agreed(tenantId: string, after: string | null, limit: number): Promise<ReadFragment[]> {
    return this.page(
      tenantId,
      after,
      limit,
      sql`status = 'staged' and not ${UNPARSED} = any(tags) and (select count(distinct source ->> 'runId') from jsonb_array_elements(provenance) as source) >= ${AGREEMENT}`,
    );
  }

  /**
   * Active fragments that are new since the last completed run, or whose vectors are; earlier runs compared the others.
   * @param model of the vectors; null: none are configured
   */
  active(tenantId: string, model: string | null, after: string | null, limit: number): Promise<ReadFragment[]> {
    const seenUntil = sql`select max(started_at) from memory_runs where tenant_id = ${tenantId} and state = 'completed'`;
    const measured = sql`select fragment_id from memory_embeddings where tenant_id = ${tenantId} and model = ${model} and created_at >= (${seenUntil})`;
    return this.page(
      tenantId,
      after,
      limit,
      sql`status = 'active' and (active_at >= coalesce((${seenUntil}), '-infinity') or id in (${measured}))`,
    );
  }

  /** Those of the given fragments that have nearly the same words as a fragment and may be merged with it. */
  duplicates(tenantId: string, fragment: ReadFragment, among: readonly string[]): Promise<ReadFragment[]> {
    return this.database.query<ReadFragment>(sql`
      select ${FRAGMENT_COLUMNS} from memory_fragments where ${mergeableWith(tenantId, fragment)} and id = any(${among}::uuid[])
        and similarity(text, ${fragment.text}) >= ${DUPLICATE} order by id`);
  }

  /** The newest fragments that may be merged with a fragment, regardless of their words: those that both have a vector of the model. */
  mergeable(tenantId: string, fragment: ReadFragment, model: string, limit: number): Promise<ReadFragment[]> {
    const measured = (fragmentId: Sql) =>
      sql`exists (select from memory_embeddings where fragment_id = ${fragmentId} and model = ${model})`;
    return this.database.queryDedicated<ReadFragment>(sql`
      select ${FRAGMENT_COLUMNS} from memory_fragments where ${mergeableWith(tenantId, fragment)}
        and ${measured(sql`${fragment.fragmentId}::uuid`)} and ${measured(sql`memory_fragments.id`)}
      order by id desc limit ${limit}`);
  }

  undigested(tenantId: string, limit: number): Promise<PastRun[]> {
    return this.database.query<PastRun>(sql`
      select ${EXPERIENCE} from memory_experiences where tenant_id = ${tenantId} and not digested order by run_id limit ${limit}`);
  }

  /** The newest runs of an agent for one goal. */
  forGoal(tenantId: string, agent: string, goalKey: string, limit: number): Promise<PastRun[]> {
    return this.database.query<PastRun>(sql`
      select ${EXPERIENCE} from memory_experiences where tenant_id = ${tenantId} and goal_key = ${goalKey} and agent = ${agent}
      order by run_id desc limit ${limit}`);
  }

  async digested(tenantId: string, runIds: readonly string[]): Promise<void> {
    await this.database.query(
      sql`update memory_experiences set digested = true where tenant_id = ${tenantId} and run_id = any(${runIds}::uuid[])`,
    );
  }

  /** Runs that no model has read. */
  undistilled(tenantId: string, limit: number): Promise<PastRun[]> {
    return this.database.query<PastRun>(sql`
      select ${EXPERIENCE} from memory_experiences where tenant_id = ${tenantId} and not distilled order by run_id limit ${limit}`);
  }

  /** Marks these runs, and older runs for the same goal that are no longer read. */
  async distilled(tenantId: string, { agent, goalKey, runIds }: ReadGoal): Promise<void> {
    await this.database.query(sql`
      update memory_experiences set distilled = true where tenant_id = ${tenantId} and agent = ${agent} and goal_key = ${goalKey} and not distilled
        and (run_id = any(${runIds}::uuid[]) or run_id < (select min(id::text)::uuid from unnest(${runIds}::uuid[]) as id))`);
  }

  /** Active fragments of this agent that only runs of one goal family left; excludes fragments of all agents. */
  owned(tenantId: string, agent: string, goalKey: string, ids: readonly string[]): Promise<ReadFragment[]> {
    return this.database.query<ReadFragment>(sql`
      select ${FRAGMENT_COLUMNS} from memory_fragments where tenant_id = ${tenantId} and agent = ${agent} and id = any(${ids}::uuid[])
        and status = 'active' and ${familiesOf(tenantId, PROVENANCE)} <@ ${[goalKey]}::text[] order by id`);
  }

  /** Adds new active fragments to the counts of words. @returns how many there were */
  async countWords(tenantId: string): Promise<number> {
    await this.database.query(
      sql`insert into memory_heads (tenant_id, updated_at) values (${tenantId}, date_trunc('milliseconds', now())) on conflict do nothing`,
    );
    const rows = await this.database.queryDedicated<{ counted: number }>(sql`
      with head as (
        select counted_at, counted_id from memory_heads where tenant_id = ${tenantId} for update
      ), fresh as materialized (
        select id, active_at, document from memory_fragments, head where tenant_id = ${tenantId} and active_at is not null
          and (head.counted_at is null or (active_at, id) > (head.counted_at, head.counted_id)) and active_at < now() - make_interval(secs => ${QUIET_SECONDS})
        order by active_at, id limit ${COUNTED_AT_ONCE}
      ), words as (
        select word, count(*)::integer as docs from fresh, unnest(tsvector_to_array(document)) as word where length(word) <= 64 group by word order by word
      ), said as (
        insert into memory_words as old (tenant_id, word, docs) select ${tenantId}, word, docs from words
        on conflict (tenant_id, word) do update set docs = old.docs + excluded.docs
      ), last as (select active_at, id from fresh order by active_at desc, id desc limit 1
      ), total as (select count(*)::integer as counted from fresh
      ), moved as (
        update memory_heads set counted = memory_heads.counted + total.counted, counted_at = last.active_at, counted_id = last.id
        from last, total where tenant_id = ${tenantId}
      ) select counted from total`);
    return rows[0]?.counted ?? 0;
  }

  private page(tenantId: string, after: string | null, limit: number, which: Sql): Promise<ReadFragment[]> {
    return this.database.queryDedicated<ReadFragment>(sql`
      select ${FRAGMENT_COLUMNS} from memory_fragments where tenant_id = ${tenantId} and ${which}
        ${after === null ? sql`` : sql`and id > ${after}`} order by id limit ${limit}`);
  }
}
