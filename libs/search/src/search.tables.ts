import { boolean, instant, integer, json, text, uuid, table, double } from '@assent/platform';

/** One search: its rules, its budget and what it has used, its driver and the end of the driver's lease. */
const SEARCHES = table(
  'searches',
  {
    id: uuid(),
    tenantId: text(),
    subject: text(),
    runId: uuid().nullable(),
    step: integer().nullable(),
    status: text(),
    end: text().nullable(),
    query: text(),
    prompt: text().nullable(),
    memory: boolean(),
    seed: integer(),
    rules: json(),
    version: integer(),
    iteration: integer(),
    nodesMax: integer(),
    callsMax: integer(),
    tokensMax: integer(),
    nodesUsed: integer(),
    callsUsed: integer(),
    tokensUsed: integer(),
    leaseOwner: text().nullable(),
    leaseUntil: instant().nullable(),
    idempotencyKey: text().nullable(),
    payloadHash: text().nullable(),
    createdAt: instant(),
    updatedAt: instant(),
  },
  {
    primaryKey: ['id'],
    indexes: {
      searches_key: {
        on: ['tenantId', 'subject', 'idempotencyKey'],
        unique: true,
        where: '(idempotency_key IS NOT NULL)',
      },
      searches_run: { on: ['runId', 'step'], unique: true, where: '(run_id IS NOT NULL)' },
      searches_open: { on: ['tenantId'], where: "(status = 'open'::text)" },
      searches_age: ['updatedAt'],
    },
    checks: {
      searches_budget: 'nodes_used <= nodes_max AND calls_used <= calls_max AND tokens_used <= tokens_max',
    },
  },
);

/** One answer of a search, with its values after the last step; they can be computed from the log. */
const SEARCH_NODES = table(
  'search_nodes',
  {
    searchId: uuid(),
    id: uuid(),
    tenantId: text(),
    place: integer(),
    parentId: uuid().nullable(),
    depth: integer(),
    answer: text(),
    answerHash: text(),
    promptIn: text().nullable(),
    promptOut: text().nullable(),
    retrievedIds: uuid().array(),
    verified: text(),
    n: integer(),
    duplicates: integer(),
    qLocal: double().nullable(),
    qGlobal: double().nullable(),
    q0: double().nullable(),
    q: double().nullable(),
  },
  {
    primaryKey: ['searchId', 'id'],
    indexes: {
      search_nodes_answer: { on: ['searchId', 'answerHash'], unique: true },
    },
  },
);

/** One judgement of two answers. Scores are null if the judge gave no usable scores. */
const COMPARISONS = table(
  'comparisons',
  {
    id: uuid(),
    tenantId: text(),
    searchId: uuid(),
    place: integer(),
    a: uuid(),
    b: uuid(),
    swapped: boolean(),
    criteria: json(),
    scoreA: double().nullable(),
    scoreB: double().nullable(),
    critique: text(),
    lessons: json(),
    evolvedPrompt: text().nullable(),
    judge: text().nullable(),
    at: instant(),
  },
  {
    primaryKey: ['id'],
    indexes: {
      comparisons_pair: { on: ['searchId', 'a', 'b', 'swapped'], unique: true },
    },
  },
);

/** The log of a search: the fact that each step added, its key and its response. */
const SEARCH_STEPS = table(
  'search_steps',
  {
    searchId: uuid(),
    place: integer(),
    tenantId: text(),
    key: text(),
    payloadHash: text(),
    fact: json(),
    answer: json(),
    tokens: integer(),
    at: instant(),
  },
  {
    primaryKey: ['searchId', 'place'],
    indexes: {
      search_steps_key: { on: ['searchId', 'key'], unique: true },
    },
  },
);

/** Every table of searches, for the data source. */
export const SEARCH_TABLES = [SEARCHES, SEARCH_NODES, COMPARISONS, SEARCH_STEPS];
