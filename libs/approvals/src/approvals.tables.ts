import { boolean, bytes, instant, integer, json, text, uuid, table, bigint } from '@assent/platform';

/** A request to people to approve exactly this content. The row outlives every process that waits for it. */
export const APPROVALS = table(
  'approvals',
  {
    id: uuid(),
    tenantId: text(),
    runId: uuid().nullable(),
    step: integer().nullable(),
    diffId: uuid().nullable(),
    requestId: text(),
    state: text(),
    hash: text(),
    tool: text(),
    workspace: text(),
    requester: text(),
    rule: text(),
    createdAt: instant(),
    expiresAt: instant(),
    subjectType: text().default('diff'),
    /** Null: the diff. */
    subjectId: text().nullable(),
    /** Only for a subject other than a diff: its exact bytes; `hash` is their SHA-256. */
    content: bytes().nullable(),
    /** Only for a subject other than a diff: its title for people. */
    title: text().nullable(),
    revision: integer().default(1),
    author: text().nullable(),
    /** The people behind the author's credential; null: nobody else, or an older version. */
    authors: text().array().nullable(),
    /** The people who issued the requester's credential, if there is no run; null: nobody else, or an older version. */
    issuers: text().array().nullable(),
    /** Increases with every change of a pending approval, so that a writer with a stale read changes nothing. */
    version: integer().default(0),
    quorum: integer().default(1),
    votes: integer().default(0),
    /** The requirements at the time of the request (requirements.ts); null: one decision. */
    terms: json().nullable(),
    risks: text().array().default('{}'),
    /** Why the run chose the action; null: there is no tree, or an older version. */
    rationale: json().nullable(),
    agendaDone: integer().default(0),
    nextDueAt: instant().nullable(),
    /** The replica that took a vote can show the subject; false: no vote, or an older version. */
    isSubjectKnown: boolean().default(false),
    dispatchUntil: instant().nullable(),
    dispatchedAt: instant().nullable(),
  },
  {
    primaryKey: ['id'],
    indexes: {
      approvals_request: { on: ['requestId'], unique: true },
      approvals_listing: ['tenantId', 'id'],
      approvals_inbox: { on: ['tenantId', 'id'], where: `(state = 'pending'::text)` },
      approvals_refused: {
        on: ['tenantId', 'state', 'id'],
        where: `(state = ANY (ARRAY['rejected'::text, 'expired'::text, 'cancelled'::text, 'voided'::text]))`,
      },
      approvals_requester: ['tenantId', 'requester', 'id'],
      approvals_run: ['runId'],
      approvals_pending: { on: ['expiresAt'], where: `(state = 'pending'::text)` },
      approvals_due: { on: ['nextDueAt'], where: `((state = 'pending'::text) AND (next_due_at IS NOT NULL))` },
      approvals_undispatched: {
        on: ['id'],
        where: `((subject_type <> 'diff'::text) AND (dispatched_at IS NULL) AND (state <> 'pending'::text))`,
      },
      approvals_subject: {
        on: ['tenantId', 'subjectType', 'subjectId'],
        unique: true,
        where: `((subject_type <> 'diff'::text) AND (state = 'pending'::text))`,
      },
    },
    checks: {
      approvals_quorum: `((state <> 'approved'::text) OR (quorum = 1) OR (votes >= quorum))`,
      approvals_known_subject: `((subject_type <> 'agent_permission'::text) OR is_subject_known OR ((votes = 0) AND (state <> 'approved'::text) AND (state <> 'rejected'::text)))`,
    },
  },
);

/**
 * A change that waits for approval. `content` holds the exact bytes that a decision is bound to; `hash` is their
 * SHA-256.
 */
export const DIFFS = table(
  'diffs',
  {
    id: uuid(),
    runId: uuid(),
    step: integer(),
    revision: integer(),
    callId: uuid(),
    tenantId: text(),
    state: text(),
    tool: text(),
    workspace: text(),
    hash: text(),
    content: bytes(),
    files: json(),
    lineage: json(),
    createdAt: instant(),
    /** The origin of this revision (REVISION_ORIGINS). */
    origin: text().default('run'),
    /** Null: the run. */
    author: text().nullable(),
    /** The previous revision. */
    supersedes: uuid().nullable(),
    /** Arguments of the call as changed by a reviewer; null: those of the planner. */
    args: json().nullable(),
    appliedAt: instant().nullable(),
  },
  {
    primaryKey: ['id'],
    indexes: {
      diffs_revision: { on: ['runId', 'step', 'revision'], unique: true },
    },
  },
);

/** The decision of an approval and the content it is bound to. At most one row per approval, by its primary key. */
export const DECISIONS = table(
  'decisions',
  {
    approvalId: uuid(),
    tenantId: text(),
    decision: text(),
    actor: text(),
    hash: text(),
    comment: text().nullable(),
    /** The channel, `webhook:<id>`; null: a request with a credential of the actor, or an older version. */
    via: text().nullable(),
    createdAt: instant(),
  },
  {
    primaryKey: ['approvalId'],
  },
);

/**
 * An event of an approval, written by a trigger; `seq` is its position in the tenant's inbox, assigned after the
 * commit.
 */
export const APPROVAL_EVENTS = table(
  'approval_events',
  {
    id: uuid(),
    tenantId: text(),
    approvalId: uuid(),
    seq: integer().nullable(),
    /** The order in which events were written. */
    place: bigint().generated(),
    type: text(),
    body: json(),
    at: instant(),
  },
  {
    primaryKey: ['id'],
    indexes: {
      approval_events_seq: { on: ['tenantId', 'seq'], unique: true, where: '(seq IS NOT NULL)' },
      approval_events_new: { on: ['tenantId', 'place'], where: '(seq IS NULL)' },
      approval_events_age: ['at'],
    },
  },
);

/** The last sequence number of a tenant's inbox. */
export const APPROVAL_INBOXES = table(
  'approval_inboxes',
  {
    tenantId: text(),
    seq: integer(),
  },
  {
    primaryKey: ['tenantId'],
  },
);

/** One version of a tenant's approval policy. The highest version applies; the others are its history. */
export const APPROVAL_POLICIES = table(
  'approval_policies',
  {
    tenantId: text(),
    version: integer(),
    rules: json(),
    actor: text(),
    updatedAt: instant(),
  },
  {
    primaryKey: ['tenantId', 'version'],
  },
);

/** One person's vote on one revision. The votes that complete the quorum, or one rejection, produce the decision. */
export const APPROVAL_VOTES = table(
  'approval_votes',
  {
    approvalId: uuid(),
    revision: integer(),
    actor: text(),
    tenantId: text(),
    decision: text(),
    hash: text(),
    comment: text().nullable(),
    /** Roles of the voter at the time of the vote. */
    roles: text().array(),
    /** The person for whom the voter's credential speaks, if different from the voter: both count as one person. */
    person: text().nullable(),
    /** The people who issued the voter's credential and could have used it; null: nobody else, or an older version. */
    issuers: text().array().nullable(),
    /** The channel, as in `decisions`. */
    via: text().nullable(),
    createdAt: instant(),
  },
  {
    primaryKey: ['approvalId', 'revision', 'actor'],
  },
);

/** A question of a coding agent, beside its approval. */
export const AGENT_PERMISSIONS = table(
  'agent_permissions',
  {
    approvalId: uuid(),
    tenantId: text(),
    /** HMAC of the question before secrets were redacted: a repeated question is found by it. */
    inputMac: text(),
    /** How many questions reviewers have asked the agent. */
    questions: integer().default(0),
    /** How many of them were given to the agent. */
    questionsSeen: integer().default(0),
    /** The last one: {text, actor, at}. */
    question: json().nullable(),
    /** When an allowing answer was last begun; null: never, or it was interrupted. */
    servedAt: instant().nullable(),
    /** An allowing answer was written completely. It is given once. */
    isServed: boolean().default(false),
  },
  {
    primaryKey: ['approvalId'],
    indexes: { agent_permissions_input: ['tenantId', 'inputMac'] },
  },
);

/** Random keys of this installation, each created on first use. */
export const INSTALLATION_KEYS = table(
  'installation_keys',
  { name: text(), secret: bytes() },
  { primaryKey: ['name'] },
);
