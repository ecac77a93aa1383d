import type { Authority, Outcome, Phase, Run, RunError, RunResult, RunState, StartParams } from '@assent/contract';
import { boolean, instant, integer, json, table, text, uuid, type RowOf } from '@assent/platform';

/** The origin of the given actions: the caller of `start`, a model, or a model through the MCP gateway. */
export type RunOrigin = 'caller' | 'model' | 'gateway';

/** The runs, which are also the queue: the replica that executes a run (lease, fence), and its newest frame (seq). */
export const RUNS = table(
  'runs',
  {
    id: uuid(),
    tenantId: text(),
    requester: text(),
    state: text<RunState>(),
    phase: text<Phase>(),
    /** Starts at 1. */
    step: integer(),
    /** Grows with every claim; a write with an older fence changes nothing. */
    fence: integer(),
    /** seq of the newest frame. */
    seq: integer(),
    leaseOwner: uuid().nullable(),
    leaseUntil: instant().nullable(),
    waitingFor: text<NonNullable<Run['waitingFor']>>().nullable(),
    workspace: text(),
    /** The applied diff that the run undoes. */
    reverts: uuid().nullable(),
    goal: text(),
    clientTraceId: text().nullable(),
    /** W3C trace context of the run, in each of its frames. */
    traceparent: text().nullable(),
    /** The HTTP request that started the run, in each of its log lines. */
    requestId: text(),
    /** Authority of the requester at the start; null: started by a version that did not store it. */
    authority: json<Authority>().nullable(),
    /**
     * People who issued the credential with which it was started, and so could have started it; null: started by a
     * version that did not store them.
     */
    issuers: text().array().nullable(),
    /** A model plans its steps one by one; otherwise the plan came with `start`. */
    modelPlanned: boolean().default(false),
    origin: text<RunOrigin>().default('caller'),
    params: json<StartParams>(),
    /** Fragments that were recalled for the plan. */
    recalled: uuid().array(),
    result: json<RunResult>().nullable(),
    error: json<RunError>().nullable(),
    /** Failed attempts, for the reason in `trouble`, since the run last made progress. */
    attempts: integer().default(0),
    /** Consecutive replicas that stopped while executing the run, without progress. */
    takeovers: integer().default(0),
    trouble: json<RunError>().nullable(),
    /** When `trouble` began. */
    troubledAt: instant().nullable(),
    outcome: text<Outcome>().nullable(),
    createdAt: instant(),
    updatedAt: instant(),
    finishedAt: instant().nullable(),
    /** Its frames were deleted by retention. */
    purged: boolean().default(false),
  },
  {
    primaryKey: ['id'],
    indexes: {
      runs_listing: ['tenantId', 'id'],
      runs_requester: ['tenantId', 'requester', 'id'],
      runs_active: { on: ['id'], where: `(state = ANY (ARRAY['queued'::text, 'running'::text]))` },
      runs_waiting: { on: ['tenantId', 'workspace'], where: `(state = 'waiting'::text)` },
      runs_reverting: {
        on: ['reverts'],
        unique: true,
        where: `((reverts IS NOT NULL) AND (state = ANY (ARRAY['queued'::text, 'running'::text, 'waiting'::text])))`,
      },
      runs_unsuccessful: {
        on: ['tenantId', 'state', 'id'],
        where: `(state = ANY (ARRAY['failed'::text, 'cancelled'::text]))`,
      },
      runs_finished: { on: ['finishedAt'], where: `((finished_at IS NOT NULL) AND (NOT purged))` },
    },
  },
);

export type RunRow = RowOf<typeof RUNS>;

/** A tenant has a row while it is paused. */
export const TENANT_PAUSES = table(
  'tenant_pauses',
  {
    tenantId: text(),
    reason: text(),
    /** Subject of the principal that paused it. */
    actor: text(),
    since: instant(),
  },
  {
    primaryKey: ['tenantId'],
  },
);

/** One immutable line of a run's frame log. */
export const FRAMES = table(
  'frames',
  {
    runId: uuid(),
    seq: integer(),
    tenantId: text(),
    at: instant(),
    type: text(),
    step: integer(),
    body: json(),
  },
  {
    primaryKey: ['runId', 'seq'],
  },
);

/** The run of an earlier `start` with the same key. */
export const IDEMPOTENCY_KEYS = table(
  'idempotency_keys',
  {
    tenantId: text(),
    subject: text(),
    method: text(),
    key: text(),
    payloadHash: text(),
    runId: uuid(),
    createdAt: instant(),
  },
  {
    primaryKey: ['tenantId', 'subject', 'method', 'key'],
    indexes: {
      idempotency_keys_age: ['createdAt'],
    },
  },
);

/** A one-use ticket for an EventSource, which cannot send an Authorization header. */
export const STREAM_TICKETS = table(
  'stream_tickets',
  {
    ticketHash: text(),
    tenantId: text(),
    subject: text(),
    /** Null: the inbox of the approvals. */
    runId: uuid().nullable(),
    /** The credential that requested it. Null: issued by an older version. */
    credential: text().nullable(),
    /** Expiry of that credential. Null: never. */
    credentialExpiresAt: instant().nullable(),
    expiresAt: instant(),
  },
  {
    primaryKey: ['ticketHash'],
  },
);
