import { Sql, sql } from '@assent/platform';
import { searchableText } from './searchable-text';

/** The fragments that a search covers. */
export interface SearchScope {
  readonly tenantId: string;
  /** null: fragments of all agents of the tenant, for people. */
  readonly agent: string | null;
}

/** A query and its conditions. */
export interface Query {
  readonly text: string;
  readonly status: 'active' | 'staged';
  /** Whether pg_trgm is installed. */
  readonly trigrams: boolean;
  /** Additional words: possible meanings of misspelt words. */
  readonly spelt?: readonly string[];
}

/** Maximum number of rows that the searched words match together, by their counts: more take too long to read. */
const ROWS_EXPECTED = 300;
/** Maximum number of different words of a query; a goal has fewer. */
const MAX_WORDS = 256;
/** Number of rows read, newest first, if every word of a query is too common to search for. */
const WINDOW_ROWS = 200;
/** Maximum number of searched and ranked words, the rarest: each costs time with every row and adds less than the previous one. */
const SEARCHED_WORDS = 24;
/** Maximum number of ranked rows. */
const MAX_ROWS = 600;
/** Maximum number of candidates compared by trigrams, the best by full text. */
const COMPARED = 40;
/** Maximum number of unknown words that are treated as misspelt, and of spellings for each. */
const MISSPELT_WORDS = 2;
const SPELLINGS = 2;
const MISSPELT_MIN_CHARS = 4;
/** Longer words are not written by hand, and have too many trigrams. */
const MISSPELT_MAX_CHARS = 24;
/** One letter added, missing or different in a word of eight; the default of Postgres, 0.3, finds a large part of all words. */
export const SPELLING_SIMILARITY = '0.45';
/** Maximum length compared by trigrams: the beginning of a goal describes it best. */
const COMPARED_CHARS = 200;

export const MATCHES: Readonly<Record<Query['status'], Sql>> = {
  active: sql`status = 'active'`,
  staged: sql`status = 'staged'`,
};

/** The scope in the index. It MUST be the same expression as in the migration. */
const TERMS = sql`(document || array_to_tsvector(array['@' || md5(tenant_id || chr(10) || coalesce(agent, '')), '#' || md5(tenant_id)]))`;

/**
 * Fragments of a scope that share words with the query. Each common word is in a large part of all
 * fragments, so the search uses the rarest words, as many as match few rows together by the counts in memory_words. If
 * all are common, it reads the newest fragments.
 */
export function sharingWords({ tenantId, agent }: SearchScope, query: Query): Sql {
  const { text, status, spelt = [] } = query;
  const where = MATCHES[status];
  const whose = whoseOf(agent);
  const meant = sql`union select word, docs from memory_words where tenant_id = ${tenantId} and word = any(${spelt}::text[])`;
  return sql`
    with asked as materialized (
      select lexeme, coalesce(docs, 0) as docs
      from (select lexeme from unnest(to_tsvector('english', ${searchableText(text)})) limit ${MAX_WORDS}) as said
        left join memory_words on tenant_id = ${tenantId} and word = lexeme
    ), words as materialized (
      select lexeme, docs from (select lexeme, docs from asked ${spelt.length === 0 ? sql`` : meant}) as said
      order by docs, lexeme limit ${SEARCHED_WORDS}
    ), rare as (
      select string_agg(quoted, ' | ')::tsquery as any_of from (
        select ${QUOTED} as quoted, sum(docs) over (order by docs, lexeme) as expected from words
      ) as counted where expected <= ${ROWS_EXPECTED}
    ), query as materialized (
      select any_of, (select string_agg(${QUOTED}, ' | ')::tsquery from words) as all_words,
        array(select lexeme from asked) as lexemes,
        (${scopeTerms(tenantId, agent)})::tsquery as scopes
      from rare
    ), matched as materialized (
      select id, document from memory_fragments
      where ${where} and ${TERMS} @@ (select scopes && any_of from query) and (select any_of is not null from query)
        and tenant_id = ${tenantId} and ${whose}
    ), found as materialized (
      (select id, document from matched limit ${MAX_ROWS})
      union all
      select id, document from (
        ${newest(where, tenantId, agent)}
      ) as newest
      where (select any_of is null from query) and document @@ (select all_words from query)
    ), best as (
      select id, ts_rank(document, all_words, 1) as text from found, query order by text desc, id desc limit ${COMPARED}
    )
    ${scored(query)}`;
}

/** The fragments of a scope among these ids, compared with the query like those of `sharingWords`. */
export function named({ tenantId, agent }: SearchScope, query: Query, fragmentIds: readonly string[]): Sql {
  return sql`
    with query as materialized (
      select array(select lexeme from unnest(to_tsvector('english', ${searchableText(query.text)})) limit ${MAX_WORDS}) as lexemes
    ), best as (
      select id, 0 as text from memory_fragments
      where id = any(${fragmentIds}::uuid[]) and tenant_id = ${tenantId} and ${whoseOf(agent)} and ${MATCHES[query.status]}
    )
    ${scored(query)}`;
}

/** Words of the tenant's fragments that are similar to unknown words of the text. */
export function otherSpellings(tenantId: string, text: string): Sql {
  return sql`
    with unknown as materialized (
      select lexeme from (select lexeme from unnest(to_tsvector('english', ${searchableText(text)})) limit ${MAX_WORDS}) as said
      where length(lexeme) between ${MISSPELT_MIN_CHARS} and ${MISSPELT_MAX_CHARS}
        and not exists (select from memory_words where tenant_id = ${tenantId} and word = lexeme)
      limit ${MISSPELT_WORDS}
    )
    select distinct near.word from unknown cross join lateral (
      select word from memory_words where tenant_id = ${tenantId} and word % unknown.lexeme
      order by similarity(word, unknown.lexeme) desc, word limit ${SPELLINGS}
    ) as near`;
}

/** Columns selected for each candidate in `best`. */
function scored({ text, trigrams }: Query): Sql {
  const compared = sql`left(${text}, ${COMPARED_CHARS})`;
  const alike = sql`(select max(similarity(left(key, ${COMPARED_CHARS}), ${compared})) from unnest(keys[1:3] || memory_fragments.text) as key)::float8`;
  return sql`select id as "fragmentId", helpful, harmful, length(memory_fragments.text) as chars, best.text::float8 as text,
      cardinality(array(select unnest(lexemes) intersect select unnest(tsvector_to_array(document))))::float8
        / greatest(cardinality(lexemes), 1) as words,
      ${trigrams ? alike : sql`null::float8`} as trigram, null::float8 as vector
    from best join memory_fragments using (id), query`;
}

/** @param agent null: all of the tenant */
export function whoseOf(agent: string | null): Sql {
  return agent === null ? sql`true` : sql`(agent = ${agent} or agent is null)`;
}

/** A lexeme as it is written in a tsquery. */
const QUOTED = sql`'''' || replace(replace(lexeme, '\\', '\\\\'), '''', '''''') || ''''`;

function scopeTerms(tenantId: string, agent: string | null): Sql {
  if (agent === null) return sql`'''#' || md5(${tenantId}) || ''''`;
  return sql`'''@' || md5(${tenantId} || chr(10) || ${agent}) || ''' | ''@' || md5(${tenantId} || chr(10)) || ''''`;
}

function newest(status: Sql, tenantId: string, agent: string | null): Sql {
  const rows = (whose: Sql) =>
    sql`(select id, document from memory_fragments where tenant_id = ${tenantId} and ${whose} and ${status} order by id desc limit ${WINDOW_ROWS})`;
  return agent === null ? rows(sql`true`) : sql`${rows(sql`agent = ${agent}`)} union all ${rows(sql`agent is null`)}`;
}
