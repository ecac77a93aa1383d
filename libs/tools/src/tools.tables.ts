import { instant, integer, json, text, uuid, table } from '@assent/platform';

/** One call that the planner chose: what was asked, what the guard said, how it ended. */
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

/** A call of a tool that the client hosts: the `tool/call` of a run, and what came of it. */
export const CLIENT_CALLS = table(
  'client_calls',
  {
    requestId: text(),
    tenantId: text(),
    runId: uuid(),
    step: integer(),
    callId: uuid(),
    actionId: text(),
    /** The approved diff that the call carries out; null for a read. */
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

/** What a tool of an MCP server is now, and what it was when somebody trusted it. For the whole installation, as the servers are. */
export const MCP_PINS = table(
  'mcp_pins',
  {
    /** `mcp.<server>.<tool>`, as runs call it. */
    id: text(),
    server: text(),
    /** As the server calls it. */
    tool: text(),
    /** Of the definition that was seen last. */
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

/** One version of a tenant's tool policy: the highest is in force, the others record earlier policies and who changed them. */
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
