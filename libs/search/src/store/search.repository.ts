import { Injectable } from '@nestjs/common';
import type { SearchComparison, SearchEnd, SearchNodeView } from '@assent/contract';
import { Database, sql } from '@assent/platform';
import type { SearchFact } from '../core/search.facts';
import type { NewSearch, SearchRecord, StoredComparison, StoredNode } from './search.record';
import { stepStatement, type SearchStep } from './step.statement';

/** The response to a step. */
export interface AnsweredStep {
  readonly payloadHash: string;
  readonly answer: unknown;
}

/** One step of a log. */
export interface LoggedStep {
  readonly place: number;
  readonly fact: SearchFact;
  readonly answer: Record<string, unknown>;
  /** The text of the step's answer, or the critique of its judgement. */
  readonly text: string;
}

const RECORD = sql`id, tenant_id as "tenantId", subject, run_id as "runId", status, "end", query, prompt, memory, seed, rules, version, iteration,
  nodes_max as "nodesMax", calls_max as "callsMax", tokens_max as "tokensMax", nodes_used as "nodesUsed", calls_used as "callsUsed",
  tokens_used as "tokensUsed", payload_hash as "payloadHash", lease_owner as "leaseOwner", lease_until as "leaseUntil",
  coalesce(lease_until > now(), false) as leased, created_at as "createdAt", updated_at as "updatedAt"`;
const VALUES = sql`id as "nodeId", parent_id as "parentId", depth, answer_hash as "answerHash", verified, n, duplicates, q0, q as "Q",
  q_local as "qLocal", q_global as "qGlobal"`;
const SCORES = sql`id as "comparisonId", a, b, swapped, score_a as "scoreA", score_b as "scoreB"`;

/** Searches in Postgres: one statement per method, each limited to one tenant. */
@Injectable()
export class SearchRepository {
  constructor(private readonly database: Database) {}

  /** @returns null if the tenant already has `openMax` open searches of agents; searches of runs are limited by the number of runs. */
  async open(search: NewSearch, openMax: number): Promise<SearchRecord | null> {
    const { id, tenantId, subject, run, query, prompt, memory, seed, rules, budget } = search;
    const rows = await this.database.queryDedicated<SearchRecord>(sql`
      insert into searches (id, tenant_id, subject, run_id, step, status, query, prompt, memory, seed, rules, version, iteration,
        nodes_max, calls_max, tokens_max, nodes_used, calls_used, tokens_used, idempotency_key, payload_hash, created_at, updated_at)
      select ${id}, ${tenantId}, ${subject}, ${run?.id ?? null}::uuid, ${run?.step ?? null}::integer, 'open', ${query}, ${prompt}, ${memory}, ${seed},
        ${JSON.stringify(rules)}::json, 0, 0, ${budget.nodes}, ${budget.calls}, ${budget.tokens}, 0, 0, 0, ${search.idempotencyKey},
        ${search.payloadHash}, now(), now()
      where ${run !== null} or (select count(*) from searches where tenant_id = ${tenantId} and status = 'open' and run_id is null) < ${openMax}
      returning ${RECORD}`);
    return rows[0] ?? null;
  }

  find(tenantId: string, id: string): Promise<SearchRecord | null> {
    return this.first(sql`select ${RECORD} from searches where tenant_id = ${tenantId} and id = ${id}`);
  }

  findByKey(tenantId: string, subject: string, key: string): Promise<SearchRecord | null> {
    return this.first(sql`select ${RECORD} from searches
      where tenant_id = ${tenantId} and subject = ${subject} and idempotency_key = ${key}`);
  }

  findByRun(tenantId: string, runId: string, step: number): Promise<SearchRecord | null> {
    return this.first(sql`select ${RECORD} from searches
      where tenant_id = ${tenantId} and run_id = ${runId} and step = ${step}`);
  }

  /**
   * Takes or renews the lease.
   * @returns null when another driver holds it, or the search is finished or does not exist
   */
  async lease(tenantId: string, id: string, owner: string, seconds: number): Promise<SearchRecord | null> {
    const rows = await this.database.queryDedicated<SearchRecord>(sql`
      update searches set lease_owner = ${owner}, lease_until = now() + make_interval(secs => ${seconds})
      where tenant_id = ${tenantId} and id = ${id} and status = 'open'
        and (lease_owner is null or lease_owner = ${owner} or lease_until <= now())
      returning ${RECORD}`);
    return rows[0] ?? null;
  }

  /** The first `version` facts of the log. */
  async log(id: string, version: number): Promise<SearchFact[]> {
    const rows = await this.database.query<{ fact: SearchFact }>(sql`
      select fact from search_steps where search_id = ${id} and place <= ${version} order by place`);
    return rows.map(({ fact }) => fact);
  }

  /** Steps after a position of the log, each with its answer or critique. */
  steps(id: string, after: number): Promise<LoggedStep[]> {
    return this.database.query<LoggedStep>(sql`
      select search_steps.place, fact, search_steps.answer, coalesce(search_nodes.answer, comparisons.critique, '') as text
      from search_steps
      left join search_nodes on search_nodes.search_id = search_steps.search_id and search_nodes.place = search_steps.place
      left join comparisons on comparisons.search_id = search_steps.search_id and comparisons.place = search_steps.place
      where search_steps.search_id = ${id} and search_steps.place > ${after} order by search_steps.place`);
  }

  async answered(id: string, key: string): Promise<AnsweredStep | null> {
    const rows = await this.database.query<{ payloadHash: string; answer: unknown }>(sql`
      select payload_hash as "payloadHash", answer from search_steps where search_id = ${id} and key = ${key}`);
    return rows[0] ?? null;
  }

  /** One step: the head, the log, the tree and the judgement together. @returns false when it was not this driver's turn */
  async commit(step: SearchStep): Promise<boolean> {
    const rows = await this.database.queryDedicated(stepStatement(step));
    return rows.length > 0;
  }

  /** @returns null when it was not this driver's turn */
  async finish(
    { id, tenantId, version }: Pick<SearchRecord, 'id' | 'tenantId' | 'version'>,
    owner: string,
    end: SearchEnd,
  ): Promise<SearchRecord | null> {
    const rows = await this.database.queryDedicated<SearchRecord>(sql`
      update searches set status = 'finished', "end" = ${end}, version = version + 1, lease_owner = null, lease_until = null, updated_at = now()
      where tenant_id = ${tenantId} and id = ${id} and status = 'open' and version = ${version}
        and lease_owner = ${owner} and lease_until > now()
      returning ${RECORD}`);
    return rows[0] ?? null;
  }

  nodes(id: string): Promise<SearchNodeView[]> {
    return this.database.query<SearchNodeView>(
      sql`select ${VALUES} from search_nodes where search_id = ${id} order by place`,
    );
  }

  /** Nodes with their texts, in no order. */
  texts(id: string, nodeIds: readonly string[]): Promise<StoredNode[]> {
    return this.database.query<StoredNode>(sql`
      select ${VALUES}, answer, prompt_in as "promptIn", prompt_out as "promptOut", retrieved_ids as "retrievedIds"
      from search_nodes where search_id = ${id} and id = any(${nodeIds}::uuid[])`);
  }

  comparisons(id: string): Promise<SearchComparison[]> {
    return this.database.query<SearchComparison>(
      sql`select ${SCORES} from comparisons where search_id = ${id} order by place`,
    );
  }

  /** Judgements of one answer, with their texts, newest first. */
  async judgements(id: string, nodeId: string): Promise<StoredComparison[]> {
    const rows = await this.database.query<Omit<StoredComparison, 'at'> & { at: Date }>(sql`
      select ${SCORES}, criteria, critique, lessons, evolved_prompt as "evolvedPrompt", judge, at
      from comparisons where search_id = ${id} and (a = ${nodeId} or b = ${nodeId}) order by place desc`);
    return rows.map((row) => ({ ...row, at: row.at.toISOString() }));
  }

  /** Deletes searches unused for that many days, with their dependent rows. @returns their number */
  async purge(days: number, limit: number): Promise<number> {
    const rows = await this.database.queryDedicated<{ count: number }>(sql`
      with old as (select id from searches where updated_at < now() - make_interval(days => ${days})
          order by updated_at limit ${limit} for update skip locked),
        steps as (delete from search_steps using old where search_id = old.id),
        nodes as (delete from search_nodes using old where search_id = old.id),
        judged as (delete from comparisons using old where search_id = old.id),
        gone as (delete from searches using old where searches.id = old.id returning 1)
      select count(*)::integer as count from gone`);
    return rows[0]?.count ?? 0;
  }

  private async first(statement: Parameters<Database['query']>[0]): Promise<SearchRecord | null> {
    const rows = await this.database.query<SearchRecord>(statement);
    return rows[0] ?? null;
  }
}
