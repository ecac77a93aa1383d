import type { SearchComparisonText } from '@assent/contract';
import { cte, sql, withCtes, Reference, type Cte, type Sql } from '@assent/platform';
import type { SearchState } from '../core/rebuild';
import type { SearchFact } from '../core/search.facts';
import type { SearchRecord } from './search.record';

/** Texts of a new answer; its place in the tree is in the fact. */
export interface NewNodeTexts {
  readonly answer: string;
  readonly promptIn: string | null;
  readonly retrievedIds: readonly string[];
}

export type NewComparison = Omit<SearchComparisonText, 'at'>;

/** One step to store. It is stored only at `search.version`, by the driver that has the lease. */
export interface SearchStep {
  readonly search: SearchRecord;
  readonly owner: string;
  readonly key: string;
  readonly payloadHash: string;
  readonly fact: SearchFact;
  readonly tokens: number;
  readonly answer: object;
  /** The tree after the step. */
  readonly state: SearchState;
  readonly node: NewNodeTexts | null;
  readonly comparison: NewComparison | null;
}

/** The search after its step: no row if the step is not permitted, and then nothing is written. */
const SEARCH = new Reference<
  'update_searches',
  { readonly id: string; readonly tenant_id: string; readonly version: number; readonly updated_at: Date }
>('update_searches');
type SearchPart = Cte<string, unknown, Record<'update_searches', typeof SEARCH.row>>;

export function stepStatement(step: SearchStep): Sql {
  const { fact, node, comparison } = step;
  const parts: Cte[] = [updateSearch(step), insertStep(step)];
  if (fact.kind === 'answer' && node) parts.push(insertNode(step, fact.nodeId, node));
  if (comparison) parts.push(insertComparison(step, comparison));
  parts.push(updateNodes(step, fact.kind === 'answer' ? fact.nodeId : null));
  return withCtes(parts, sql`select version from ${SEARCH}`);
}

function updateSearch({ search, owner, fact, tokens, state }: SearchStep): Cte {
  return cte(
    SEARCH.name,
    sql`update searches set version = version + 1, iteration = ${state.iteration}, nodes_used = nodes_used + ${fact.kind === 'answer' ? 1 : 0},
        calls_used = calls_used + 1, tokens_used = tokens_used + ${tokens}, updated_at = now()
      where tenant_id = ${search.tenantId} and id = ${search.id} and version = ${search.version} and status = 'open'
        and lease_owner = ${owner} and lease_until > now()
      returning id, tenant_id, version, updated_at`,
  );
}

function insertStep({ key, payloadHash, fact, answer, tokens }: SearchStep): SearchPart {
  return cte(
    'insert_search_steps',
    sql`insert into search_steps (search_id, place, tenant_id, key, payload_hash, fact, answer, tokens, at)
      select ${SEARCH.column('id')}, ${SEARCH.column('version')}, ${SEARCH.column('tenant_id')}, ${key}, ${payloadHash}, ${JSON.stringify(fact)}::json, ${JSON.stringify(answer)}::json, ${tokens},
        ${SEARCH.column('updated_at')} from ${SEARCH}`,
  );
}

function insertNode(
  { state }: SearchStep,
  nodeId: string,
  { answer, promptIn, retrievedIds }: NewNodeTexts,
): SearchPart {
  const node = state.byId.get(nodeId);
  if (!node) throw new Error(`node ${nodeId} is not in the tree that its own step made`);
  return cte(
    'insert_search_nodes',
    sql`insert into search_nodes (search_id, id, tenant_id, place, parent_id, depth, answer, answer_hash, prompt_in, retrieved_ids, verified,
        n, duplicates, q_local, q_global, q0, q)
      select ${SEARCH.column('id')}, ${nodeId}, ${SEARCH.column('tenant_id')}, ${SEARCH.column('version')}, ${node.parentId}::uuid, ${node.depth}, ${answer}, ${node.answerHash}, ${promptIn},
        ${retrievedIds}::uuid[], ${node.verified}, ${node.n}, ${node.duplicates}, ${node.qLocal}::double precision,
        ${node.qGlobal}::double precision, ${node.q0}::double precision, ${node.Q}::double precision from ${SEARCH}`,
  );
}

function insertComparison({ search }: SearchStep, comparison: NewComparison): SearchPart {
  const { comparisonId, a, b, swapped, criteria, scoreA, scoreB, critique, lessons, evolvedPrompt, judge } = comparison;
  return cte(
    'insert_comparisons',
    sql`insert into comparisons (id, tenant_id, search_id, place, a, b, swapped, criteria, score_a, score_b, critique, lessons, evolved_prompt,
        judge, at)
      select ${comparisonId}, ${search.tenantId}, ${SEARCH.column('id')}, ${SEARCH.column('version')}, ${a}, ${b}, ${swapped}, ${JSON.stringify(criteria)}::json,
        ${scoreA}::double precision, ${scoreB}::double precision, ${critique}, ${JSON.stringify(lessons)}::json, ${evolvedPrompt}, ${judge},
        ${SEARCH.column('updated_at')} from ${SEARCH}`,
  );
}

/** Every judgement may change every rank. The row inserted by this statement already has its values. */
function updateNodes({ state, comparison }: SearchStep, inserted: string | null): SearchPart {
  const nodes = state.nodes.filter(({ nodeId }) => nodeId !== inserted);
  const evolved = comparison?.evolvedPrompt ?? null;
  return cte(
    'update_search_nodes',
    sql`update search_nodes set n = value.n, duplicates = value.duplicates, q_local = value.q_local, q_global = value.q_global, q0 = value.q0,
        q = value.q, prompt_out = case when search_nodes.id = ${comparison?.a ?? null}::uuid then coalesce(${evolved}::text, prompt_out) else prompt_out end
      from ${SEARCH}, unnest(${nodes.map(({ nodeId }) => nodeId)}::uuid[], ${nodes.map(({ n }) => n)}::integer[],
        ${nodes.map(({ duplicates }) => duplicates)}::integer[], ${nodes.map(({ qLocal }) => qLocal)}::double precision[],
        ${nodes.map(({ qGlobal }) => qGlobal)}::double precision[], ${nodes.map(({ q0 }) => q0)}::double precision[],
        ${nodes.map(({ Q }) => Q)}::double precision[]) as value (id, n, duplicates, q_local, q_global, q0, q)
      where search_nodes.search_id = ${SEARCH.column('id')} and search_nodes.id = value.id`,
  );
}
