import type { ClientBase, PoolConfig } from 'pg';
import type { DataSourceOptions } from 'typeorm';
import { API_KEYS, FEATURE_FLAGS, IDENTITIES, SESSION_LINKS } from '@assent/identity';
import {
  AGENT_PERMISSIONS,
  APPROVALS,
  APPROVAL_EVENTS,
  APPROVAL_INBOXES,
  APPROVAL_POLICIES,
  APPROVAL_VOTES,
  DECISIONS,
  DIFFS,
  INSTALLATION_KEYS,
} from '@assent/approvals';
import { AUDIT_LOG, AUDIT_HEADS } from '@assent/audit';
import {
  WEBHOOK_ATTEMPTS,
  WEBHOOK_CALLBACKS,
  WEBHOOK_DELIVERIES,
  WEBHOOK_ENDPOINTS,
  WEBHOOK_EVENTS,
} from '@assent/webhooks';
import { GATEWAY_CALLS } from '@assent/gateway';
import { MEMORY_TABLES } from '@assent/memory';
import { SEARCH_TABLES } from '@assent/search';
import { CALIBRATIONS, MODEL_TURNS, QUESTIONS, RESOLUTIONS, STEPS, TREES } from '@assent/planner';
import { MODEL_CALLS } from '@assent/models';
import { FRAMES, IDEMPOTENCY_KEYS, RUNS, STREAM_TICKETS, TENANT_PAUSES } from '@assent/runs';
import { CLIENT_CALLS, MCP_PINS, TOOL_CALLS, TOOL_POLICIES } from '@assent/tools';
import { MIGRATIONS } from './migrations';

const TABLES = [
  RUNS,
  TENANT_PAUSES,
  FRAMES,
  IDEMPOTENCY_KEYS,
  STREAM_TICKETS,
  TREES,
  RESOLUTIONS,
  QUESTIONS,
  STEPS,
  MODEL_TURNS,
  MODEL_CALLS,
  CALIBRATIONS,
  TOOL_CALLS,
  CLIENT_CALLS,
  TOOL_POLICIES,
  MCP_PINS,
  DIFFS,
  APPROVALS,
  AGENT_PERMISSIONS,
  INSTALLATION_KEYS,
  DECISIONS,
  APPROVAL_VOTES,
  APPROVAL_POLICIES,
  APPROVAL_EVENTS,
  APPROVAL_INBOXES,
  AUDIT_LOG,
  AUDIT_HEADS,
  WEBHOOK_ENDPOINTS,
  WEBHOOK_EVENTS,
  WEBHOOK_DELIVERIES,
  WEBHOOK_ATTEMPTS,
  WEBHOOK_CALLBACKS,
  API_KEYS,
  IDENTITIES,
  SESSION_LINKS,
  ...MEMORY_TABLES,
  ...SEARCH_TABLES,
  FEATURE_FLAGS,
  GATEWAY_CALLS,
];

const APPLICATION = 'assent';
/** Time to wait for a connection before a call fails as overloaded. */
const CONNECT_TIMEOUT_MS = 5_000;

/** No statement of ours takes this long. A longer one blocks others, or its connection is dead without notice. */
const STATEMENT_TIMEOUT_MS = 20_000;
/** The client's own clock, for a server that cannot answer any more. */
const ANSWER_TIMEOUT_MS = 25_000;
/** A replica that stopped in the middle of an effect gives its locks back within the promised 30 s. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 15_000;

/** Connections that serve calls. A migration may take longer, and has none of these limits. */
export function servingPool(url: string, size: number): PoolConfig {
  return {
    connectionString: url,
    max: size,
    application_name: APPLICATION,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    // Statements that do not wait for each other go out together (Database.around, Lane).
    pipeline: true,
    keepAlive: true,
    query_timeout: ANSWER_TIMEOUT_MS,
    // Not among the parameters of the login, which poolers refuse, or drop. The pool awaits it; its types do not say so.
    // eslint-disable-next-line @typescript-eslint/no-misused-promises
    onConnect: (client: ClientBase) =>
      client.query(
        "select set_config('statement_timeout', $1, false), set_config('idle_in_transaction_session_timeout', $2, false)",
        [String(STATEMENT_TIMEOUT_MS), String(IDLE_IN_TRANSACTION_TIMEOUT_MS)],
      ),
  };
}

/** The store. Migrations are the only way the schema changes. */
export function dataSourceOptions(url: string, poolSize: number): DataSourceOptions {
  return {
    type: 'postgres',
    url,
    entities: TABLES.map(({ entity }) => entity),
    migrations: MIGRATIONS,
    migrationsTransactionMode: 'each',
    synchronize: false,
    poolSize,
    applicationName: APPLICATION,
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
  };
}
