import { cte, sql, withCtes, type Cte, type Sql } from '@assent/platform';

/** Replaces a text that must not be empty. */
export const ERASED = '[erased]';
const ERASED_FRAME = JSON.stringify({ erased: true });
const ERASED_PARAMS = JSON.stringify({ goal: ERASED });
const ERASED_CONTENT = Buffer.from(JSON.stringify({ v: 1, files: [], patch: '' }));
/** Keys of a result that describe how a run ended but not its subject. */
const RESULT_KEYS = ['kind', 'diffId', 'reached'];

/** The erasure plan of a table that can hold text of a run. */
interface TableErasure {
  /** Columns that are erased; `*`: the rows are deleted. */
  readonly erased: readonly string[];
  /** Columns that stay although they could hold text: ids, hashes, names of principals, states, and policy results. */
  readonly kept: readonly string[];
  /** The fate of the rows when the run is deleted (run.retention.ts). */
  readonly expiry: Expiry;
}

/** `with the run`; or deleted earlier by a retention of their own; or kept, with the reason. */
type Expiry = 'with the run' | 'earlier' | { readonly kept: string };

const LEARNED: Expiry = { kept: 'what memory has learned' };

/**
 * Every table with a reference to a run, and the decision for each column that can hold text. A test compares this with
 * the schema: a new table or column fails it until its erasure is decided.
 */
export const RUN_TABLES: Readonly<Record<string, TableErasure>> = {
  approval_votes: {
    erased: ['comment'],
    kept: ['actor', 'decision', 'hash', 'issuers', 'person', 'roles', 'tenant_id', 'via'],
    expiry: 'with the run',
  },
  approvals: {
    // Content and title: of memory plans that carried a text of the run; an approval of a diff has neither.
    erased: ['content', 'rationale', 'title'],
    kept: [
      ...[
        'author',
        'authors',
        'hash',
        'issuers',
        'request_id',
        'requester',
        'risks',
        'rule',
        'state',
        'subject_id',
        'subject_type',
      ],
      ...['tenant_id', 'terms', 'tool', 'workspace'],
    ],
    expiry: 'with the run',
  },
  client_calls: {
    erased: ['action_id', 'error', 'output', 'request'],
    kept: ['actor', 'request_id', 'state', 'tenant_id'],
    expiry: 'with the run',
  },
  comparisons: { erased: ['*'], kept: [], expiry: 'earlier' },
  decisions: { erased: ['comment'], kept: ['actor', 'decision', 'hash', 'tenant_id', 'via'], expiry: 'with the run' },
  diffs: {
    erased: ['args', 'content', 'files', 'lineage'],
    kept: ['author', 'hash', 'origin', 'state', 'tenant_id', 'tool', 'workspace'],
    expiry: 'with the run',
  },
  frames: { erased: ['body'], kept: ['tenant_id', 'type'], expiry: 'earlier' },
  // Holds only hashes and names; without the key an equal call would be made again.
  gateway_calls: {
    erased: [],
    kept: ['args_hash', 'client', 'key', 'server', 'subject', 'tenant_id', 'tool'],
    expiry: 'earlier',
  },
  idempotency_keys: {
    // Maps a key to its run; without it the same request would start a second run.
    erased: [],
    kept: ['key', 'method', 'payload_hash', 'subject', 'tenant_id'],
    expiry: 'earlier',
  },
  memory_action_outcomes: { erased: ['*'], kept: [], expiry: LEARNED },
  memory_embeddings: { erased: ['*'], kept: [], expiry: LEARNED },
  memory_experiences: { erased: ['*'], kept: [], expiry: LEARNED },
  // A hash of the goal stays where other runs have it too.
  memory_families: { erased: ['goal'], kept: ['family', 'key', 'tenant_id'], expiry: LEARNED },
  memory_fragment_versions: { erased: ['*'], kept: [], expiry: LEARNED },
  memory_fragments: {
    erased: ['agent', 'document', 'keys', 'provenance', 'tags', 'text', 'text_hash'],
    kept: ['lineage', 'origin', 'reason', 'status', 'tenant_id'],
    expiry: LEARNED,
  },
  memory_plans: {
    erased: ['inverse', 'ops'],
    kept: ['author', 'hash', 'result', 'state', 'tenant_id'],
    expiry: LEARNED,
  },
  memory_recalls: { erased: ['*'], kept: [], expiry: LEARNED },
  memory_statement_outcomes: { erased: ['*'], kept: [], expiry: LEARNED },
  memory_uses: { erased: ['*'], kept: [], expiry: LEARNED },
  memory_words: { erased: ['word'], kept: ['tenant_id'], expiry: LEARNED },
  model_turns: { erased: ['*'], kept: [], expiry: 'with the run' },
  model_calls: { erased: [], kept: ['model', 'outcome', 'provider', 'purpose', 'tenant_id'], expiry: 'with the run' },
  questions: {
    erased: ['action_id', 'answer', 'request'],
    kept: ['actor', 'request_id', 'state', 'tenant_id'],
    expiry: 'with the run',
  },
  resolutions: {
    // Truth and probability stay as calibration samples.
    erased: ['assumption_id', 'key'],
    kept: ['actor', 'belief', 'how', 'source', 'tenant_id', 'workspace'],
    expiry: { kept: 'calibration samples, without their statement' },
  },
  runs: {
    erased: ['error', 'goal', 'params', 'result', 'traceparent', 'trouble'],
    kept: [
      ...[
        'authority',
        'client_trace_id',
        'issuers',
        'origin',
        'outcome',
        'phase',
        'recalled',
        'request_id',
        'requester',
        'state',
      ],
      ...['tenant_id', 'waiting_for', 'workspace'],
    ],
    expiry: 'with the run',
  },
  search_nodes: { erased: ['*'], kept: [], expiry: 'earlier' },
  search_steps: { erased: ['*'], kept: [], expiry: 'earlier' },
  searches: {
    erased: ['prompt', 'query'],
    kept: ['end', 'idempotency_key', 'lease_owner', 'payload_hash', 'rules', 'status', 'subject', 'tenant_id'],
    expiry: 'earlier',
  },
  steps: { erased: ['*'], kept: [], expiry: 'with the run' },
  tool_calls: {
    erased: ['action_id', 'args', 'error'],
    kept: ['rule', 'state', 'tenant_id', 'tool', 'verdict', 'workspace'],
    expiry: 'with the run',
  },
  trees: { erased: ['*'], kept: [], expiry: 'with the run' },
  webhook_attempts: {
    erased: ['answer'],
    kept: ['error', 'outcome', 'tenant_id'],
    expiry: { kept: 'WEBHOOK_RETENTION_DAYS' },
  },
  webhook_events: { erased: ['body'], kept: ['tenant_id', 'type'], expiry: { kept: 'WEBHOOK_RETENTION_DAYS' } },
};

/** Tables without data of a single run, each with the reason. */
export const OTHER_TABLES: Readonly<Record<string, string>> = {
  agent_permissions: 'questions of agents that have no run',
  api_keys: 'credentials',
  approval_events: 'ids, hashes, states and names of principals',
  approval_inboxes: 'counts',
  approval_policies: 'what operators configure',
  audit_heads: 'the head of the audit chain',
  audit_log: 'never changed: its chain must verify',
  calibrations: 'figures over many runs',
  event_subscriptions: 'what clients subscribed to, and ids',
  feature_flags: 'what operators configure',
  identities: 'accounts of people',
  installation_keys: 'credentials',
  mcp_pins: 'definitions of tools',
  memory_heads: 'figures over many runs',
  memory_runs: 'counts of the nightly work',
  meta_prompts: 'advice that won over many runs; it goes with its subject',
  migrations: 'the schema',
  session_links: 'hashes of links of 5 minutes',
  stream_tickets: 'passes of 60 seconds',
  tenant_pauses: 'what operators state',
  tool_policies: 'what operators configure',
  webhook_callbacks: 'ids',
  webhook_deliveries: 'states',
  webhook_endpoints: 'what operators configure',
};

/**
 * Erases all text that runs wrote, read or proposed from their rows; ids, hashes, times, states and names of actors
 * stay. Idempotent. The audit is not changed: it holds hashes, and its chain must still verify. The rows of runs are
 * locked before their dependent rows, as by the retention of runs, so that neither waits for the other.
 */
export function eraseRunTexts(tenantId: string, runIds: readonly string[]): Sql[] {
  const runs = cte(
    'lock_runs',
    sql`select id from runs where tenant_id = ${tenantId} and id = any(${runIds}::uuid[]) order by id for update`,
  );
  const these = sql`tenant_id = ${tenantId} and run_id in (select id from ${runs})`;
  const events = sql`select id from webhook_events where tenant_id = ${tenantId} and ${namesOne(tenantId, runIds)}`;
  return [
    all([
      runs,
      cte('update_frames', sql`update frames set body = ${ERASED_FRAME}::json where ${these}`),
      cte('delete_trees', sql`delete from trees where ${these}`),
      cte('update_resolutions', eraseResolutions(these)),
      cte('delete_steps', sql`delete from steps where ${these}`),
      cte('delete_model_turns', sql`delete from model_turns where ${these}`),
      cte(
        'update_tool_calls',
        sql`update tool_calls set args = '{}', action_id = ${ERASED}, error = ${erasedError()} where ${these}`,
      ),
      cte(
        'update_client_calls',
        sql`update client_calls set request = '{}', action_id = ${ERASED}, output = null, error = case when error is not null then ${ERASED} end where ${these}`,
      ),
      cte(
        'update_questions',
        sql`update questions set request = '{}', action_id = ${ERASED}, answer = null where ${these}`,
      ),
    ]),
    all([
      runs,
      cte(
        'update_diffs',
        sql`update diffs set content = ${ERASED_CONTENT}, files = '[]', args = null,
          lineage = json_build_object('treeId', lineage -> 'treeId', 'leafId', null, 'actionId', ${ERASED}::text, 'path', '[]'::json) where ${these}`,
      ),
      cte('update_approvals', sql`update approvals set rationale = null where ${these}`),
      ...eraseComments(tenantId, sql`select id from approvals where ${these}`),
    ]),
    all(eraseEvents(tenantId, events)),
    ...eraseSearches(tenantId, sql`run_id = any(${runIds}::uuid[])`),
    // Last, because it marks the run as forgotten.
    sql`update runs set goal = ${ERASED}, params = ${ERASED_PARAMS}::json, traceparent = null, trouble = null, error = ${erasedError()},
      result = case when result is not null then ((select coalesce(jsonb_object_agg(key, value), '{}') from jsonb_each(result::jsonb) where key = any(${RESULT_KEYS}::text[]))
        || jsonb_build_object('actionId', ${ERASED}::text))::json end
      where tenant_id = ${tenantId} and id = any(${runIds}::uuid[])`,
  ];
}

/** Truth and probability stay as calibration samples. */
export function eraseResolutions(these: Sql): Sql {
  return sql`update resolutions set assumption_id = 'erased:' || gen_random_uuid(), key = null where ${these} and assumption_id not like 'erased:%'`;
}

/** Searches without a run of one subject. */
export function eraseOwnSearches(tenantId: string, subject: string): Sql[] {
  return eraseSearches(tenantId, sql`run_id is null and subject = ${subject}`);
}

/** Ends an open search first: its next step then finds another version and writes nothing. */
function eraseSearches(tenantId: string, which: Sql): Sql[] {
  const these = sql`tenant_id = ${tenantId} and ${which}`;
  const inside = sql`tenant_id = ${tenantId} and search_id in (select id from searches where ${these})`;
  return [
    sql`update searches set status = 'finished', "end" = 'stopped', version = version + 1, lease_owner = null, lease_until = null, updated_at = now()
      where ${these} and status = 'open'`,
    all([
      cte('delete_search_steps', sql`delete from search_steps where ${inside}`),
      cte('delete_comparisons', sql`delete from comparisons where ${inside}`),
      cte('delete_search_nodes', sql`delete from search_nodes where ${inside}`),
    ]),
    sql`update searches set query = ${ERASED}, prompt = null where ${these}`,
  ];
}

/**
 * Comments of reviewers on approvals.
 * @param approvals selects their ids
 */
export function eraseComments(tenantId: string, approvals: Sql): Cte[] {
  const these = sql`tenant_id = ${tenantId} and approval_id in (${approvals})`;
  return [
    cte('update_decisions', sql`update decisions set comment = null where ${these}`),
    cte('update_approval_votes', sql`update approval_votes set comment = null where ${these}`),
  ];
}

/**
 * Webhook bodies and receivers' responses.
 * @param events selects the ids of events
 */
export function eraseEvents(tenantId: string, events: Sql): Cte[] {
  return [
    cte(
      'update_webhook_attempts',
      sql`update webhook_attempts set answer = null where tenant_id = ${tenantId} and delivery_id in
        (select id from webhook_deliveries where tenant_id = ${tenantId} and event_id in (${events}))`,
    ),
    cte(
      'update_webhook_events',
      sql`update webhook_events set body = json_build_object('type', type, 'timestamp', body::json -> 'timestamp', 'data',
          json_build_object('runId', body::json -> 'data' -> 'runId', 'seq', body::json -> 'data' -> 'seq', 'step', body::json -> 'data' -> 'step', 'erased', true))::text
          where id in (${events})`,
    ),
  ];
}

/** One statement of several changes. */
function all(changes: readonly Cte[]): Sql {
  return withCtes(changes, sql`select`);
}

function erasedError(): Sql {
  return sql`case when error is not null then json_build_object('reason', error -> 'reason', 'message', ${ERASED}::text) end`;
}

/** Events that name one of the runs, or one of its approvals. */
function namesOne(tenantId: string, runIds: readonly string[]): Sql {
  return sql`exists (
    select from (
      select unnest(${runIds}::uuid[]) as id
      union all select id from approvals where tenant_id = ${tenantId} and run_id = any(${runIds}::uuid[])
    ) as named where position(named.id::text in webhook_events.body) > 0)`;
}
