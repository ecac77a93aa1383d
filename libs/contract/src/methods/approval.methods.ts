import { Type, type TInteger } from '@sinclair/typebox';
import {
  APPROVAL_EVENT_TYPES,
  APPROVAL_STATES,
  ApprovalEventSchema,
  ApprovalSchema,
  COMMENT_MAX_CHARS,
  DecideManyResultSchema,
  DIFF_SIDES,
  DecideParamsSchema,
  DiffFileSchema,
  DiffSchema,
  RISKS,
  ReviseParamsSchema,
  RevisionSchema,
  SUBJECT_TYPES,
  type ApprovalState,
} from '../approval';
import { ApprovalPolicySchema, SetApprovalPolicySchema } from '../approval-policy';
import { ApprovalAuditLineSchema } from '../audit';
import { AnyObject, Cursor, PageLimit, Uuid, boundedInteger, closed, literals, nullable, page } from '../schema';
import { FILE_CHANGE, STORY } from '../story';
import type { MethodRow } from './method.row';

const DECISIONS_MAX = 50;
const Name = Type.String({ maxLength: 128 });
const FILTERS = {
  state: Type.Optional(literals(APPROVAL_STATES)),
  runId: Type.Optional(Uuid),
  tool: Type.Optional(Name),
  requester: Type.Optional(Name),
  subject: Type.Optional(literals(SUBJECT_TYPES)),
  workspace: Type.Optional(Name),
  risk: Type.Optional(literals(RISKS)),
};
const LISTING = {
  q: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 200,
      description: 'Text in goal, tool, workspace, requester or a path; upper and lower case are the same',
    }),
  ),
  decidable: Type.Optional(
    Type.Boolean({ description: 'Whether the caller may decide them now; true: pending ones only' }),
  ),
  order: Type.Optional(literals(['created', 'expires'], 'Oldest first (default), or the first to expire')),
};

/** Written out: `Type.Record` makes a schema that nothing matches from keys that are an enum. */
const CountsByState = Type.Object({
  pending: Type.Integer(),
  approved: Type.Integer(),
  rejected: Type.Integer(),
  expired: Type.Integer(),
  cancelled: Type.Integer(),
  voided: Type.Integer(),
} satisfies Readonly<Record<ApprovalState, TInteger>>);

const id = { approvalId: STORY.approvalId };
const content = { ...id, hash: STORY.hash };
const filters = {
  state: 'pending',
  runId: STORY.runId,
  tool: 'file.write',
  requester: 'developer',
  subject: 'diff',
  workspace: 'example',
  risk: 'large',
};
const pending = {
  approvalId: STORY.approvalId,
  runId: STORY.runId,
  diffId: STORY.diffId,
  requestId: STORY.requestId,
  state: 'pending',
  subject: { type: 'diff', id: STORY.diffId },
  tool: 'file.write',
  workspace: 'example',
  goal: STORY.goal,
  hash: STORY.hash,
  revision: 1,
  author: null,
  files: [FILE_CHANGE],
  requester: 'developer',
  reverts: null,
  rule: 'default.write',
  risks: [],
  policy: [{ rule: 'default', version: 'built-in', deciders: null, roles: [], quorum: 1, authorsApprove: true }],
  onExpiry: 'fail',
  votes: [],
  needed: { people: 1, roles: [] },
  reminders: 0,
  escalations: 0,
  decision: null,
  you: { mayDecide: true, reason: null },
  reviewUrl: null,
  createdAt: STORY.askedAt,
  expiresAt: STORY.expiresAt,
};
const decided = (decision: 'approve' | 'reject', comment: string) => ({
  ...pending,
  state: decision === 'approve' ? 'approved' : 'rejected',
  needed: { people: 0, roles: [] },
  you: { mayDecide: false, reason: `Approval ${STORY.approvalId} is decided already.` },
  decision: { decision, actor: 'reviewer', comment, hash: STORY.hash, at: STORY.decidedAt },
});
const diff = {
  diffId: STORY.diffId,
  runId: STORY.runId,
  step: 1,
  revision: 1,
  origin: 'run',
  author: null,
  supersedes: null,
  state: 'pending',
  tool: 'file.write',
  workspace: 'example',
  hash: STORY.hash,
  files: [FILE_CHANGE],
  patch: [
    'diff --git a/config/payments.yaml b/config/payments.yaml',
    '--- a/config/payments.yaml',
    '+++ b/config/payments.yaml',
    '@@ -6,2 +6,2 @@',
    '-  timeout_ms: 3',
    '+  timeout_ms: 3000',
    '   retries: 2\n',
  ].join('\n'),
  truncated: null,
  hunks: [{ number: 1, path: 'config/payments.yaml', header: '@@ -6,2 +6,2 @@', added: 1, removed: 1 }],
  flags: [],
  flagsTruncated: false,
  lineage: {
    treeId: 'tree_0199c1a2-4c2d-7e32-9f60-7b8c9d0e1f0d',
    leafId: 'l0',
    actionId: 'restore-timeout',
    path: [{ assumptionId: 'timeout-unit', value: true }],
  },
  createdAt: STORY.askedAt,
  appliedAt: null,
};
const event = {
  seq: 1,
  at: STORY.askedAt,
  type: 'approval.requested',
  approvalId: STORY.approvalId,
  runId: STORY.runId,
  subject: 'diff',
  tool: 'file.write',
  requester: 'developer',
  state: 'pending',
  revision: 1,
  hash: STORY.hash,
  votes: 0,
  subjectId: STORY.diffId,
  goal: STORY.goal,
  risks: [],
  expiresAt: STORY.expiresAt,
  reviewUrl: null,
};
const REJECTION = 'Please raise the timeout in the gateway as well.';

/** Diffs, and the decisions on them. */
export const APPROVAL_METHODS = {
  'diff/get': {
    summary: 'A stored diff with its files, patch, hash, state and lineage',
    params: closed({ diffId: Uuid }),
    result: DiffSchema,
    scope: 'run:read',
    errors: ['not_found'],
  },
  'diff/file/get': {
    summary: 'The whole text of a file before or after a change',
    params: closed({
      diffId: Uuid,
      path: Type.String({ minLength: 1, maxLength: 1_024 }),
      side: literals(DIFF_SIDES, 'base: before the change'),
    }),
    result: DiffFileSchema,
    scope: 'run:read',
    errors: ['not_found'],
    rest: {
      verb: 'GET',
      path: '/diffs/{id}/files',
      id: 'diffId',
      operationId: 'getDiffFile',
      tag: 'approvals',
      etag: 'hash',
    },
    example: {
      params: { diffId: STORY.diffId, path: 'config/payments.yaml', side: 'base' },
      result: {
        diffId: STORY.diffId,
        path: 'config/payments.yaml',
        side: 'base',
        content: 'gateway:\n  timeout_ms: 3\n',
        hash: STORY.baseHash,
      },
    },
  },
  'approval/list': {
    summary: 'Approvals, oldest first',
    params: closed({ ...FILTERS, ...LISTING, cursor: Type.Optional(Cursor), limit: Type.Optional(PageLimit) }),
    result: page(ApprovalSchema),
    scope: 'approval:read',
    errors: [],
    rest: { verb: 'GET', path: '/approvals', operationId: 'listApprovals' },
    example: {
      params: { ...filters, q: 'timeout', decidable: true, order: 'created', cursor: STORY.approvalId, limit: 20 },
      result: { items: [pending], cursor: null },
    },
  },
  'approval/get': {
    summary: 'One approval',
    params: closed({ approvalId: Uuid }),
    result: ApprovalSchema,
    scope: 'approval:read',
    errors: ['not_found'],
    rest: {
      verb: 'GET',
      path: '/approvals/{id}',
      id: 'approvalId',
      operationId: 'getApproval',
      summary: 'One approval; its ETag is the content hash a decision must name',
      etag: 'hash',
    },
    example: { params: id, result: pending },
  },
  'approval/decide': {
    summary: 'Approve or reject exactly the content with this hash; the first decision wins',
    params: DecideParamsSchema,
    result: ApprovalSchema,
    scope: 'approval:decide',
    errors: ['not_found', 'forbidden', 'conflict', 'precondition_failed', 'gone'],
    rest: [
      {
        verb: 'POST',
        path: '/approvals/{id}/approve',
        id: 'approvalId',
        operationId: 'approve',
        summary: 'Approve exactly the content named by If-Match, or some of its hunks',
        fixed: { decision: 'approve' },
        optionalBody: true,
        ifMatch: 'hash',
        etag: 'hash',
      },
      {
        verb: 'POST',
        path: '/approvals/{id}/reject',
        id: 'approvalId',
        operationId: 'reject',
        summary: 'Reject exactly the content named by If-Match',
        fixed: { decision: 'reject' },
        optionalBody: true,
        without: ['hunks'],
        ifMatch: 'hash',
        etag: 'hash',
        example: {
          params: { ...content, decision: 'reject', comment: REJECTION },
          result: decided('reject', REJECTION),
        },
      },
    ],
    // Without hunks: the whole change, as it was shown.
    example: {
      params: { ...content, decision: 'approve', comment: STORY.comment },
      result: decided('approve', STORY.comment),
    },
  },
  'approval/count': {
    summary: 'How many approvals there are, by state',
    params: closed(FILTERS),
    result: Type.Object({ total: Type.Integer(), states: CountsByState }),
    scope: 'approval:read',
    errors: [],
    rest: { verb: 'GET', path: '/approvals/count', operationId: 'countApprovals' },
    example: {
      params: filters,
      result: { total: 1, states: { pending: 1, approved: 0, rejected: 0, expired: 0, cancelled: 0, voided: 0 } },
    },
  },
  'approval/revise': {
    summary:
      'Change what is asked for before deciding: a new revision with a hash of its own, on which nobody has voted yet',
    params: ReviseParamsSchema,
    result: ApprovalSchema,
    scope: 'approval:decide',
    errors: ['not_found', 'forbidden', 'conflict', 'not_editable', 'precondition_failed', 'gone'],
    rest: {
      verb: 'POST',
      path: '/approvals/{id}/revisions',
      id: 'approvalId',
      operationId: 'revise',
      summary: 'Change what is asked for: a new revision, on which nobody has voted yet',
      status: 201,
      ifMatch: 'hash',
      etag: 'hash',
    },
    example: {
      params: { ...content, files: [{ path: 'config/payments.yaml', content: 'gateway:\n  timeout_ms: 2500\n' }] },
      result: { ...pending, revision: 2, author: 'reviewer' },
    },
  },
  'approval/question': {
    summary: 'Ask a coding agent back: it is denied with the question and may ask again; the approval stays open',
    params: closed({
      approvalId: Uuid,
      question: Type.String({ minLength: 1, maxLength: COMMENT_MAX_CHARS }),
    }),
    result: ApprovalSchema,
    scope: 'approval:decide',
    errors: ['not_found', 'forbidden', 'conflict', 'gone'],
    rest: {
      verb: 'POST',
      path: '/approvals/{id}/question',
      id: 'approvalId',
      operationId: 'askAgent',
      summary: 'Ask a coding agent back; the approval stays open',
      etag: 'hash',
    },
    example: { params: { ...id, question: 'Which registry does this publish to?' }, result: pending },
  },
  'approval/rule/draft': {
    summary: 'A rule that decides the same question of a coding agent from now on as it was decided; stores nothing',
    params: closed({ approvalId: Uuid }),
    result: Type.Object({
      rule: AnyObject,
      policy: nullable(
        Type.Object(
          {
            version: Type.Integer({ description: 'What tool/policy/set takes' }),
            rules: Type.Array(AnyObject, { description: 'The rules with the new one, which comes first' }),
            maxCalls: nullable(Type.Integer({ description: 'As it is: tool/policy/set without it removes the limit' })),
            patch: Type.String({ description: 'Unified diff of the rules' }),
          },
          { description: 'null: the caller lacks tool:admin' },
        ),
      ),
    }),
    scope: 'approval:read',
    errors: ['not_found', 'conflict'],
    rest: { verb: 'GET', path: '/approvals/{id}/rule', id: 'approvalId', operationId: 'draftRule' },
    example: {
      params: id,
      result: {
        rule: {
          id: 'agent-2d3e4f5a6b02',
          tools: ['agent.claude-code.Bash'],
          commands: ['npm test'],
          verdict: 'allow',
          reason: `Decided by "reviewer" on 2026-03-02 (approval ${STORY.approvalId}).`,
        },
        policy: null,
      },
    },
  },
  'approval/revision/list': {
    summary: 'The contents that the approval was about, oldest first; the last one is what a decision is about',
    params: closed({
      approvalId: Uuid,
      against: Type.Optional({ ...Uuid, description: 'diffId of a revision that the last one is compared with' }),
    }),
    result: Type.Object({
      items: Type.Array(RevisionSchema),
      cursor: nullable(Type.String()),
      comparison: nullable(
        Type.Object(
          { from: Uuid, to: Uuid, patch: Type.String({ description: 'Unified diff of the proposed texts' }) },
          { description: 'null without `against`' },
        ),
      ),
    }),
    scope: 'approval:read',
    errors: ['not_found'],
    rest: { verb: 'GET', path: '/approvals/{id}/revisions', id: 'approvalId', operationId: 'listRevisions' },
    example: {
      params: { ...id, against: STORY.diffId },
      result: {
        items: [
          {
            diffId: STORY.diffId,
            revision: 1,
            origin: 'run',
            author: null,
            state: 'pending',
            hash: STORY.hash,
            files: [FILE_CHANGE],
            createdAt: STORY.askedAt,
          },
        ],
        cursor: null,
        comparison: { from: STORY.diffId, to: STORY.diffId, patch: '' },
      },
    },
  },
  'approval/policy/get': {
    summary: "The tenant's approval policy",
    params: closed({}),
    result: ApprovalPolicySchema,
    scope: 'tool:admin',
    errors: [],
  },
  'approval/policy/set': {
    summary: "Replace the tenant's approval policy; it can only ask for more than the server's",
    params: SetApprovalPolicySchema,
    result: ApprovalPolicySchema,
    scope: 'tool:admin',
    errors: ['conflict'],
  },
  'approval/diff/get': {
    summary: 'What would be applied',
    params: closed({
      approvalId: Uuid,
      context: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: 10_000,
          description: 'Unchanged lines around each hunk of the patch, 3 at least. Hunks do not merge',
        }),
      ),
    }),
    result: DiffSchema,
    scope: 'approval:read',
    errors: ['not_found'],
    rest: {
      verb: 'GET',
      path: '/approvals/{id}/diff',
      id: 'approvalId',
      operationId: 'getApprovalDiff',
      summary: 'What would be applied: JSON, or the bare patch with Accept: text/x-diff',
      produces: ['application/json', 'text/x-diff'],
    },
    example: { params: { ...id, context: 20 }, result: diff },
  },
  'approval/audit/list': {
    summary: 'Who did what to it, and on which content, oldest first',
    params: closed({ approvalId: Uuid, cursor: Type.Optional(Cursor) }),
    result: page(ApprovalAuditLineSchema),
    scope: 'approval:read',
    errors: ['not_found'],
    rest: {
      verb: 'GET',
      path: '/approvals/{id}/audit',
      id: 'approvalId',
      operationId: 'getApprovalAudit',
    },
    example: {
      params: { ...id, cursor: STORY.auditId },
      result: {
        items: [
          {
            id: STORY.auditId,
            action: 'approval.decide',
            actor: 'reviewer',
            subjectType: 'approval',
            subjectId: STORY.approvalId,
            runId: STORY.runId,
            hash: STORY.hash,
            detail: { decision: 'approve', comment: STORY.comment },
            at: STORY.decidedAt,
          },
        ],
        cursor: null,
      },
    },
  },
  'approval/decide_many': {
    summary: 'Decide several, each on its own hash; each is answered on its own',
    params: closed({ decisions: Type.Array(DecideParamsSchema, { minItems: 1, maxItems: DECISIONS_MAX }) }),
    result: DecideManyResultSchema,
    scope: 'approval:decide',
    errors: [],
    rest: { verb: 'POST', path: '/approvals/decisions', operationId: 'decideMany' },
    example: {
      params: { decisions: [{ ...content, decision: 'approve', comment: STORY.comment }] },
      result: { items: [{ ...id, status: 200, approval: decided('approve', STORY.comment) }] },
    },
  },
  'approval/events': {
    summary: 'What happens to approvals: a page of events after a cursor',
    params: closed({
      after: Type.Optional(boundedInteger({ description: 'seq of the last event that was read' })),
      types: Type.Optional(Type.Array(literals(APPROVAL_EVENT_TYPES), { maxItems: 64 })),
    }),
    result: Type.Object({
      events: Type.Array(ApprovalEventSchema),
      cursor: Type.Integer({ description: 'Pass as `after` next time' }),
      tail: Type.Integer({ description: 'seq of the newest event' }),
    }),
    scope: 'approval:read',
    errors: ['gone'],
    rest: {
      verb: 'GET',
      path: '/approvals/events',
      operationId: 'followApprovals',
      summary:
        'What happens to approvals, as SSE: replay after Last-Event-ID or ?after=, then live. Bearer key or ?ticket=',
      without: ['after', 'types'],
      byTicket: true,
      produces: ['text/event-stream', 'application/json'],
      example: {
        params: { after: 0, types: 'approval.requested', ticket: STORY.ticket },
        result: `id: 1\nevent: approval.requested\ndata: ${JSON.stringify(event)}\n\n`,
      },
    },
    example: {
      params: { after: 0, types: ['approval.requested'] },
      result: {
        events: [event],
        cursor: 1,
        tail: 1,
      },
    },
  },
} as const satisfies Record<string, MethodRow>;
