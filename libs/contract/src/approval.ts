import { Type, type Static } from '@sinclair/typebox';
import { RationaleSchema } from './planner-rationale';
import { OnBehalfOfSchema } from './identity';
import { ContentHash, Timestamp, Uuid, closed, literals, nullable } from './schema';
import { FILE_CHANGE_KINDS, LINE_ENDS } from './tool';

export const APPROVAL_STATES = ['pending', 'approved', 'rejected', 'expired', 'cancelled', 'voided'] as const;
export type ApprovalState = (typeof APPROVAL_STATES)[number];

export const DECISIONS = ['approve', 'reject'] as const;
export type DecisionVerb = (typeof DECISIONS)[number];

export const DIFF_STATES = [
  'pending',
  'approved',
  'applying',
  'applied',
  'rejected',
  'stale',
  'voided',
  'superseded',
] as const;
export type DiffState = (typeof DIFF_STATES)[number];

/** What an approval can be about. `diff`: a change that a run wants. The others stand by themselves and have no run. */
export const SUBJECT_TYPES = ['diff', 'memory_plan', 'tool_trust', 'agent_permission'] as const;
export type SubjectType = (typeof SUBJECT_TYPES)[number];

/**
 * What makes a change risky. `irreversible`: it deletes, or happens outside and cannot be repeated safely. `external`: it happens
 * outside of the workspaces. `large`: many lines or files. `hidden`: it adds characters that a reader does not see. `tainted`: its
 * arguments may hold text from outside. `redacted`: secrets in it are not shown.
 */
export const RISKS = ['irreversible', 'external', 'large', 'hidden', 'tainted', 'redacted'] as const;
export type Risk = (typeof RISKS)[number];

/** Where a revision of a diff comes from. `run`: what the run proposed. */
export const REVISION_ORIGINS = ['run', 'content', 'patch', 'hunks', 'args', 'rebase', 'redraft'] as const;
export type RevisionOrigin = (typeof REVISION_ORIGINS)[number];

export const FileChangeSchema = Type.Object({
  path: Type.String(),
  kind: literals(FILE_CHANGE_KINDS),
  baseHash: nullable(ContentHash),
  resultHash: nullable(ContentHash),
  added: Type.Integer({ description: 'Lines added' }),
  removed: Type.Integer({ description: 'Lines removed' }),
  changes: Type.Optional(
    Type.Array(
      Type.Union([
        Type.Object({ kind: literals(['line_ends']), before: literals(LINE_ENDS), after: literals(LINE_ENDS) }),
        Type.Object({ kind: literals(['bom', 'final_newline']), before: Type.Boolean(), after: Type.Boolean() }),
        Type.Object({
          kind: literals(['mode']),
          before: Type.String({ description: 'Four octal digits' }),
          after: Type.String({ description: 'Four octal digits' }),
        }),
      ]),
      { description: 'What changes in the form of the file beside its lines; absent: nothing' },
    ),
  ),
});

/** Which path of which tree led to a diff. */
export const LineageSchema = Type.Object({
  treeId: Type.String(),
  leafId: nullable(Type.String()),
  actionId: Type.String(),
  path: Type.Array(Type.Object({ assumptionId: Type.String(), value: Type.Boolean() })),
});
export type Lineage = Static<typeof LineageSchema>;

/** A character of a patch that a reader does not see, or sees elsewhere than it stands. */
export const CharacterFlagSchema = Type.Object({
  path: Type.String(),
  line: Type.Integer({ description: 'From 1, in the file after the change; before it for a line that goes' }),
  column: Type.Integer({ description: 'From 1, in characters' }),
  codePoint: Type.String({ description: 'U+202E, for one' }),
  kind: literals(['bidi', 'zero_width', 'control', 'invisible']),
  added: Type.Boolean({ description: 'It comes with the change; false: it stands there already' }),
});
export type CharacterFlag = Static<typeof CharacterFlagSchema>;

/** What can be taken or left of a patch: a hunk of a changed file; a created, deleted or renamed file as a whole. */
export const HunkSchema = Type.Object({
  number: Type.Integer({ description: 'From 1, in the order of the patch: what `hunks` takes' }),
  path: Type.String(),
  header: Type.String({ description: 'The @@ line; empty for a whole file' }),
  added: Type.Integer(),
  removed: Type.Integer(),
});
export type Hunk = Static<typeof HunkSchema>;

export const DiffSchema = Type.Object({
  diffId: Uuid,
  runId: Uuid,
  step: Type.Integer(),
  revision: Type.Integer(),
  origin: literals(REVISION_ORIGINS),
  author: nullable(Type.String({ description: 'Who made this revision; null: the run' })),
  supersedes: nullable(Uuid),
  state: literals(DIFF_STATES),
  tool: Type.String(),
  workspace: Type.String(),
  hash: ContentHash,
  files: Type.Array(FileChangeSchema),
  patch: Type.String({ description: 'Unified diff that `git apply` accepts, from the stored bytes' }),
  truncated: nullable(
    Type.Object(
      { shownChars: Type.Integer(), totalChars: Type.Integer() },
      { description: 'The patch is cut here; Accept: text/x-diff gives all of it' },
    ),
  ),
  hunks: Type.Array(HunkSchema),
  flags: Type.Array(CharacterFlagSchema),
  flagsTruncated: Type.Boolean({ description: 'There are more flags than are listed' }),
  lineage: LineageSchema,
  erased: Type.Optional(
    Type.Literal(true, { description: 'The run was forgotten: hash and state stay; absent: it was not' }),
  ),
  createdAt: Timestamp,
  appliedAt: nullable(Timestamp),
});
export type Diff = Static<typeof DiffSchema>;

/** One content that an approval was about. */
export const RevisionSchema = Type.Object({
  diffId: Uuid,
  revision: Type.Integer(),
  origin: literals(REVISION_ORIGINS),
  author: nullable(Type.String({ description: 'Who made this revision; null: the run' })),
  state: literals(DIFF_STATES),
  hash: ContentHash,
  files: Type.Array(FileChangeSchema),
  createdAt: Timestamp,
});

export const DIFF_SIDES = ['base', 'proposed'] as const;
export type DiffSide = (typeof DIFF_SIDES)[number];

export const DiffFileSchema = Type.Object({
  diffId: Uuid,
  path: Type.String(),
  side: literals(DIFF_SIDES),
  content: Type.String({ description: 'The whole text' }),
  hash: ContentHash,
});
export type DiffFile = Static<typeof DiffFileSchema>;

export const DecisionRecordSchema = Type.Object({
  decision: literals(DECISIONS),
  actor: Type.String(),
  hash: ContentHash,
  comment: nullable(Type.String()),
  via: Type.Optional(
    nullable(Type.String({ description: 'The channel, webhook:<id>; null: a request with a credential of their own' })),
  ),
  at: Timestamp,
});

/** One demand of a policy: an approval holds when every clause is satisfied by votes on the same content. */
export const ClauseSchema = Type.Object({
  rule: Type.String({ description: 'Rule of the approval policy; `default` when none matched' }),
  version: Type.String({ description: 'Of the policy' }),
  deciders: nullable(Type.Array(Type.String(), { description: 'Roles one of which a voter has; null: any' })),
  roles: Type.Array(Type.String(), { description: 'Roles each of which one of those who approve has' }),
  quorum: Type.Integer({ description: 'Distinct people' }),
  authorsApprove: Type.Boolean({ description: 'The author of a revision may approve it' }),
});
export type Requirement = Static<typeof ClauseSchema>;

export const NeededSchema = Type.Object({
  people: Type.Integer({ description: 'Further people who have to approve, at least' }),
  roles: Type.Array(Type.String(), { description: 'Roles that nobody who approved has yet' }),
});
export type Needed = Static<typeof NeededSchema>;

/** A coding agent's question whether it may use a tool. Secrets in it are redacted. */
export const PermissionSchema = Type.Object(
  {
    agent: Type.String(),
    agentVersion: nullable(Type.String()),
    tool: Type.String(),
    input: Type.Record(Type.String(), Type.Unknown()),
    cwd: nullable(Type.String()),
    session: nullable(Type.String()),
    flags: Type.Array(CharacterFlagSchema, { description: 'In the text of GET /approvals/{id}/diff' }),
    flagsTruncated: Type.Boolean(),
    editable: Type.Boolean({ description: 'approval/revise may replace the input' }),
    question: nullable(
      Type.Object(
        { text: Type.String(), actor: Type.String(), at: Timestamp },
        { description: 'The last question of a reviewer to the agent' },
      ),
    ),
  },
  { description: 'Of the subject agent_permission; null: it is larger than 64 KiB, or was erased' },
);

export type Permission = Static<typeof PermissionSchema>;

export const ApprovalSchema = Type.Object({
  approvalId: Uuid,
  runId: nullable(Uuid),
  diffId: nullable(Uuid),
  requestId: Type.String(),
  state: literals(APPROVAL_STATES),
  subject: Type.Object({ type: literals(SUBJECT_TYPES), id: Type.String() }),
  tool: Type.String(),
  workspace: Type.String(),
  goal: Type.String({ description: 'Of the run; of another subject, what it is' }),
  hash: ContentHash,
  revision: Type.Integer(),
  author: nullable(Type.String({ description: 'Who wrote the content as it is now; null: the run' })),
  files: Type.Array(FileChangeSchema),
  requester: Type.String(),
  permission: Type.Optional(nullable(PermissionSchema)),
  reverts: nullable(Type.String({ format: 'uuid', description: 'The applied diff that its run undoes' })),
  rule: Type.String({ description: 'Policy rule that asked for the approval' }),
  risks: Type.Array(literals(RISKS)),
  rationale: Type.Optional(nullable(RationaleSchema)),
  policy: Type.Array(ClauseSchema),
  onExpiry: literals(['fail', 'continue']),
  votes: Type.Array(DecisionRecordSchema, { description: 'On the content as it is now' }),
  needed: NeededSchema,
  reminders: Type.Integer(),
  escalations: Type.Integer(),
  decision: nullable(DecisionRecordSchema),
  you: Type.Object(
    {
      mayDecide: Type.Boolean({ description: 'An author may still only reject where the policy says so' }),
      reason: nullable(Type.String({ description: 'Why not' })),
    },
    { description: 'What the caller may do with it now' },
  ),
  reviewUrl: nullable(Type.String({ description: 'The page to decide on; null without PUBLIC_URL' })),
  createdAt: Timestamp,
  expiresAt: Timestamp,
});
export type Approval = Static<typeof ApprovalSchema>;

export const COMMENT_MAX_CHARS = 4_000;
/** Hunks of one patch that can be named. */
/** Far above what a diff that a person can review has. */
export const HUNKS_MAX = 10_000;
const Comment = Type.String({ maxLength: COMMENT_MAX_CHARS });
export const HunkNumbers = Type.Array(Type.Integer({ minimum: 1, maximum: HUNKS_MAX }), {
  minItems: 1,
  maxItems: HUNKS_MAX,
  uniqueItems: true,
  description: 'Only these; `diff/get` numbers them',
});

export const DecideParamsSchema = closed({
  approvalId: Uuid,
  decision: literals(DECISIONS),
  hash: ContentHash,
  comment: Type.Optional(Comment),
  hunks: Type.Optional(HunkNumbers),
});
export type DecideParams = Static<typeof DecideParamsSchema>;

/** The `result` a client sends back for an `approval/request`. */
export const ApprovalAnswerSchema = Type.Omit(DecideParamsSchema, ['approvalId'], { additionalProperties: false });

const CONTENT_MAX_CHARS = 1_048_576;
const REVISED_FILES_MAX = 32;

/** Exactly one of files, patch, hunks and args. */
export const ReviseParamsSchema = closed({
  approvalId: Uuid,
  hash: ContentHash,
  files: Type.Optional(
    Type.Array(
      closed({
        path: Type.String({ maxLength: 1_024 }),
        content: nullable(Type.String({ maxLength: CONTENT_MAX_CHARS })),
      }),
      { minItems: 1, maxItems: REVISED_FILES_MAX, description: 'Whole texts; null: the file shall not be there' },
    ),
  ),
  patch: Type.Optional(
    Type.String({ minLength: 1, maxLength: CONTENT_MAX_CHARS, description: 'Unified diff on top of what is proposed' }),
  ),
  hunks: Type.Optional(HunkNumbers),
  args: Type.Optional(
    Type.Record(Type.String(), Type.Unknown(), {
      description: 'Other arguments for the tool, which is tried dry again',
    }),
  ),
  comment: Type.Optional(Comment),
});
export type ReviseParams = Static<typeof ReviseParamsSchema>;

/** Each decision of several, answered as it would have been alone. */
export const DecideManyResultSchema = Type.Object({
  items: Type.Array(
    Type.Object({
      approvalId: Uuid,
      status: Type.Integer({ description: 'The HTTP status that the decision alone would have had' }),
      approval: Type.Optional(ApprovalSchema),
      problem: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    }),
  ),
});

/** A signed decision of another system. `hash`: that of the event `approval.requested`. */
export const CallbackSchema = closed({
  decision: literals(DECISIONS),
  hash: Type.String({ maxLength: 128 }),
  comment: Type.Optional(Comment),
  hunks: Type.Optional(HunkNumbers),
  onBehalfOf: Type.Optional(OnBehalfOfSchema),
});
export type Callback = Static<typeof CallbackSchema>;

export const APPROVAL_EVENT_TYPES = [
  'approval.requested',
  'approval.voted',
  'approval.questioned',
  'approval.revised',
  'approval.reminded',
  'approval.escalated',
  'approval.decided',
  'approval.expired',
  'approval.cancelled',
  'approval.voided',
] as const;

/** What happened to an approval, in the log that reviewers follow. */
export const ApprovalEventSchema = Type.Object({
  seq: Type.Integer(),
  at: Timestamp,
  type: literals(APPROVAL_EVENT_TYPES),
  approvalId: Uuid,
  runId: nullable(Uuid),
  subject: literals(SUBJECT_TYPES),
  tool: Type.String(),
  requester: Type.String(),
  state: literals(APPROVAL_STATES),
  revision: Type.Integer(),
  hash: ContentHash,
  votes: Type.Integer(),
  subjectId: Type.String(),
  goal: Type.String({ description: 'As it is now, as are risks and expiresAt; empty when the run was forgotten' }),
  risks: Type.Array(literals(RISKS)),
  expiresAt: nullable(Timestamp),
  reviewUrl: nullable(Type.String()),
});
export type ApprovalEvent = Static<typeof ApprovalEventSchema>;
