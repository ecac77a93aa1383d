import { instant, integer, json, text, uuid, table } from '@assent/platform';

/** Tool calls chosen by the planner: the call, the guard's verdict and the outcome. */
export const TOOL_CALLS = table(
  'tool_calls',
  {
    id: uuid(),
    runId: uuid(),
    step: integer(),
    tenantId: text(),
    actionId: text(),
    tool: text(),
    workspace: text(),
    args: json(),
    verdict: text(),
    rule: text(),
    state: text(),
    error: json().nullable(),
    createdAt: instant(),
    finishedAt: instant().nullable(),
  },
  {
    primaryKey: ['id'],
    indexes: {
      tool_calls_run: ['runId', 'step'],
    },
  },
);

/** Calls of tools hosted by the client: the `tool/call` of a run, and its result. */
export const CLIENT_CALLS = table(
  'client_calls',
  {
    requestId: text(),
    tenantId: text(),
    runId: uuid(),
    step: integer(),
    callId: uuid(),
    actionId: text(),
    /** The approved diff that the call applies; null for a read. */
    diffId: uuid().nullable(),
    state: text(),
    request: json(),
    output: json().nullable(),
    error: text().nullable(),
    actor: text().nullable(),
    createdAt: instant(),
    expiresAt: instant(),
  },
  {
    primaryKey: ['requestId'],
    indexes: {
      client_calls_run: ['runId', 'step'],
      client_calls_pending: { on: ['expiresAt'], where: `(state = 'pending'::text)` },
    },
  },
);

/** Current and trusted definitions of MCP tools. Shared by the whole installation, like the servers. */
export const MCP_PINS = table(
  'mcp_pins',
  {
    /** `mcp.<server>.<tool>`, the name in runs. */
    id: text(),
    server: text(),
    /** Name on the server. */
    tool: text(),
    /** Hash of the definition that was seen last. */
    hash: text(),
    definition: json(),
    seenAt: instant(),
    trustedHash: text().nullable(),
    trustedDefinition: json().nullable(),
    trustedBy: text().nullable(),
    trustedAt: instant().nullable(),
  },
  {
    primaryKey: ['id'],
    indexes: {
      mcp_pins_server: ['server', 'tool'],
    },
  },
);

/** Versions of the tool policies of tenants. The highest version is in force; the others record former policies and their authors. */
export const TOOL_POLICIES = table(
  'tool_policies',
  {
    tenantId: text(),
    version: integer(),
    rules: json(),
    maxCalls: integer().nullable(),
    actor: text(),
    updatedAt: instant(),
  },
  {
    primaryKey: ['tenantId', 'version'],
  },
);
