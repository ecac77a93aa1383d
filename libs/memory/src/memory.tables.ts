import { instant, integer, jsonb, lexemes, text, uuid, table, bytes, boolean, double, json } from '@assent/platform';

/** One lesson, learnt from finished runs. `textHash` makes an exact duplicate count as agreement. */
const MEMORY_FRAGMENTS = table(
  'memory_fragments',
  {
    id: uuid(),
    tenantId: text(),
    /** Its agent; null: every agent of the tenant. */
    agent: text().nullable(),
    /** `run`, `plan`, `import` or `distilled`. */
    origin: text().default('run'),
    status: text(),
    text: text(),
    textHash: text(),
    keys: text().array(),
    tags: text().array(),
    helpful: integer(),
    harmful: integer(),
    strength: integer(),
    version: integer(),
    provenance: jsonb(),
    /** The fragments from which it was made. */
    lineage: uuid().array().default('{}'),
    /** Why it was deleted. */
    reason: text().nullable(),
    /** Deleted by a rule, not by a person: it returns with its evidence. */
    retired: boolean().default(false),
    activeAt: instant().nullable(),
    /** Lexemes of the text, written with it. */
    document: lexemes(),
    createdAt: instant(),
    updatedAt: instant(),
  },
  {
    primaryKey: ['id'],
    indexes: {
      memory_fragments_text: { on: ['tenantId', 'textHash'], unique: true },
      memory_fragments_document: { synchronize: false },
      memory_fragments_active: { synchronize: false },
      memory_fragments_recall: { synchronize: false },
      memory_fragments_staged: { synchronize: false },
      memory_fragments_newest: { on: ['tenantId', 'agent', 'id'], where: `(status = 'active'::text)` },
      memory_fragments_listing: ['tenantId', 'id'],
      memory_fragments_activated: { on: ['tenantId', 'activeAt', 'id'], where: '(active_at IS NOT NULL)' },
      memory_fragments_runs: { synchronize: false },
      memory_fragments_lineage: { synchronize: false },
    },
  },
);

/** The vector of one version of a fragment by one model: 32-bit floats, little endian. */
const MEMORY_EMBEDDINGS = table(
  'memory_embeddings',
  {
    fragmentId: uuid(),
    model: text(),
    tenantId: text(),
    version: integer(),
    vector: bytes(),
    createdAt: instant(),
  },
  {
    primaryKey: ['fragmentId', 'model'],
  },
);

/** The record that a finished run leaves in addition to its lesson. */
const MEMORY_EXPERIENCES = table(
  'memory_experiences',
  {
    runId: uuid(),
    tenantId: text(),
    agent: text(),
    goal: text(),
    goalKey: text(),
    outcome: text(),
    score: double().nullable(),
    ending: text(),
    action: text(),
    tool: text().nullable(),
    /** The action's signature, from `signatureOf`; null: written by an older version, or an action without one. */
    signature: text().nullable(),
    path: json(),
    diff: json().nullable(),
    decision: json().nullable(),
    metaPromptId: uuid().nullable(),
    digested: boolean().default(false),
    distilled: boolean().default(false),
    createdAt: instant(),
  },
  {
    primaryKey: ['runId'],
    indexes: {
      memory_experiences_undigested: { on: ['tenantId', 'runId'], where: '(NOT digested)' },
      memory_experiences_undistilled: { on: ['tenantId', 'runId'], where: '(NOT distilled)' },
      memory_experiences_goal: ['tenantId', 'goalKey'],
      memory_experiences_agent: ['tenantId', 'agent'],
    },
  },
);

/** A fragment as it was before it was changed. */
const MEMORY_FRAGMENT_VERSIONS = table(
  'memory_fragment_versions',
  {
    fragmentId: uuid(),
    version: integer(),
    tenantId: text(),
    status: text(),
    text: text(),
    keys: text().array(),
    tags: text().array(),
    planId: uuid().nullable(),
    createdAt: instant(),
  },
  {
    primaryKey: ['fragmentId', 'version'],
  },
);

/** The state of one tenant's memory; concurrent plans queue for this row. */
const MEMORY_HEADS = table(
  'memory_heads',
  {
    tenantId: text(),
    version: integer().default(0),
    counted: integer().default(0),
    countedAt: instant().nullable(),
    countedId: uuid().nullable(),
    frozen: boolean().default(false),
    drift: json().nullable(),
    updatedAt: instant(),
  },
  {
    primaryKey: ['tenantId'],
  },
);

/** A change of fragments: proposed, applied, rejected or reverted as a whole. */
const MEMORY_PLANS = table(
  'memory_plans',
  {
    id: uuid(),
    tenantId: text(),
    baseVersion: integer(),
    state: text(),
    ops: json(),
    hash: text(),
    inverse: json().nullable(),
    result: json().nullable(),
    appliedVersion: integer().nullable(),
    author: text(),
    memoryRunId: uuid().nullable(),
    reverts: uuid().nullable(),
    rebasedFrom: uuid().nullable(),
    createdAt: instant(),
    appliedAt: instant().nullable(),
  },
  {
    primaryKey: ['id'],
    indexes: {
      memory_plans_listing: ['tenantId', 'id'],
    },
  },
);

/** A run for which fragments were found, and whether it received them. */
export const MEMORY_RECALLS = table(
  'memory_recalls',
  {
    runId: uuid(),
    tenantId: text(),
    agent: text(),
    arm: text(),
    fragments: uuid().array(),
    createdAt: instant(),
  },
  {
    primaryKey: ['runId'],
    indexes: {
      memory_recalls_window: ['tenantId', 'runId'],
    },
  },
);

/** One run of the optimization agent; the unique slot allows only one across all replicas. */
const MEMORY_RUNS = table(
  'memory_runs',
  {
    id: uuid(),
    tenantId: text(),
    schedule: text(),
    slot: text(),
    state: text(),
    actor: text(),
    leaseOwner: uuid().nullable(),
    leaseUntil: instant().nullable(),
    fence: integer(),
    cursor: json(),
    report: json(),
    startedAt: instant(),
    finishedAt: instant().nullable(),
  },
  {
    primaryKey: ['id'],
    indexes: {
      memory_runs_slot: { on: ['tenantId', 'schedule', 'slot'], unique: true },
      memory_runs_listing: ['tenantId', 'id'],
      memory_runs_open: { on: ['leaseUntil'], where: `(state = 'running'::text)` },
    },
  },
);

/** One run that had recalled a fragment, and whether it succeeded. */
const MEMORY_USES = table(
  'memory_uses',
  {
    fragmentId: uuid(),
    runId: uuid(),
    tenantId: text(),
    helped: boolean(),
    counted: boolean(),
    createdAt: instant(),
  },
  {
    primaryKey: ['fragmentId', 'runId'],
    indexes: {
      memory_uses_uncounted: { on: ['fragmentId'], where: '(NOT counted)' },
    },
  },
);

/** The number of active fragments of a tenant that contain a word. */
const MEMORY_WORDS = table(
  'memory_words',
  {
    tenantId: text(),
    word: text(),
    docs: integer(),
  },
  {
    primaryKey: ['tenantId', 'word'],
    indexes: {
      memory_words_trigrams: { synchronize: false },
    },
  },
);

/** A system prompt that the search evolves, with its results in comparisons. */
const META_PROMPTS = table(
  'meta_prompts',
  {
    id: uuid(),
    tenantId: text(),
    agent: text().nullable(),
    family: text(),
    text: text(),
    textHash: text(),
    parentId: uuid().nullable(),
    wins: integer().default(0),
    losses: integer().default(0),
    status: text(),
    createdAt: instant(),
    updatedAt: instant(),
  },
  {
    primaryKey: ['id'],
    indexes: {
      meta_prompts_text: { on: ['tenantId', 'textHash'], unique: true },
      meta_prompts_best: { synchronize: false },
      meta_prompts_listing: ['tenantId', 'id'],
    },
  },
);

/** The finding of one run about a statement. A run counts once for a statement. */
const MEMORY_STATEMENT_OUTCOMES = table(
  'memory_statement_outcomes',
  {
    runId: uuid(),
    /** Hash of the canonical statement. */
    statement: text(),
    tenantId: text(),
    workspace: text(),
    truth: boolean(),
    createdAt: instant(),
  },
  {
    primaryKey: ['runId', 'statement'],
    indexes: {
      memory_statement_outcomes_newest: ['tenantId', 'workspace', 'statement', 'createdAt'],
    },
  },
);

/** How the action of one run turned out. */
const MEMORY_ACTION_OUTCOMES = table(
  'memory_action_outcomes',
  {
    runId: uuid(),
    tenantId: text(),
    workspace: text(),
    /** Family of the goal. */
    family: text(),
    /** Hash of the tool and its arguments, or of the key that the caller gave the action. */
    signature: text(),
    success: boolean(),
    createdAt: instant(),
  },
  {
    primaryKey: ['runId'],
    indexes: {
      memory_action_outcomes_newest: ['tenantId', 'workspace', 'family', 'createdAt'],
    },
  },
);

/** The families of the goals of finished runs. */
const MEMORY_FAMILIES = table(
  'memory_families',
  {
    tenantId: text(),
    /** Hash of the marked goal, or of the name that the caller gave. */
    key: text(),
    family: text(),
    /** The marked goal that names the family; empty in the rows of other goals of it. */
    goal: text(),
    /** The run with this goal; null: that run was erased. */
    runId: uuid().nullable(),
    createdAt: instant(),
  },
  {
    primaryKey: ['tenantId', 'key'],
    indexes: {
      memory_families_newest: { on: ['tenantId', 'createdAt'], where: '(key = family)' },
      memory_families_family: ['tenantId', 'family'],
    },
  },
);

/** Every table of memory, for the data source. */
export const MEMORY_TABLES = [
  MEMORY_FRAGMENTS,
  MEMORY_FRAGMENT_VERSIONS,
  MEMORY_USES,
  MEMORY_HEADS,
  MEMORY_WORDS,
  MEMORY_PLANS,
  MEMORY_RUNS,
  MEMORY_EXPERIENCES,
  MEMORY_RECALLS,
  MEMORY_EMBEDDINGS,
  META_PROMPTS,
  MEMORY_STATEMENT_OUTCOMES,
  MEMORY_ACTION_OUTCOMES,
  MEMORY_FAMILIES,
];
