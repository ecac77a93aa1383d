import { Type, type Static } from '@sinclair/typebox';
import { ContentHash, Timestamp, Uuid, closed, literals, nullable } from './schema';
import { FILE_CHANGE_KINDS } from './tool';

export const APPROVAL_STATES = ['pending', 'approved', 'rejected', 'expired', 'cancelled', 'voided'] as const;
export type ApprovalState = (typeof APPROVAL_STATES)[number];

export const DECISIONS = ['approve', 'reject'] as const;
export type DecisionVerb = (typeof DECISIONS)[number];

export const DIFF_STATES = ['pending', 'approved', 'applying', 'applied', 'rejected', 'stale', 'voided'] as const;
export type DiffState = (typeof DIFF_STATES)[number];

export const FileChangeSchema = Type.Object({
  path: Type.String(),
  kind: literals(FILE_CHANGE_KINDS),
  baseHash: nullable(ContentHash),
  resultHash: nullable(ContentHash),
  added: Type.Integer({ description: 'Lines added' }),
  removed: Type.Integer({ description: 'Lines removed' }),
});

/** Which path of which tree led to a diff. */
export const LineageSchema = Type.Object({
  treeId: Type.String(),
  leafId: nullable(Type.String()),
  actionId: Type.String(),
  path: Type.Array(Type.Object({ assumptionId: Type.String(), value: Type.Boolean() })),
});
export type Lineage = Static<typeof LineageSchema>;

export const DiffSchema = Type.Object({
  diffId: Uuid,
  runId: Uuid,
  step: Type.Integer(),
  revision: Type.Integer(),
  state: literals(DIFF_STATES),
  tool: Type.String(),
  workspace: Type.String(),
  hash: ContentHash,
  files: Type.Array(FileChangeSchema),
  patch: Type.String({ description: 'Unified diff that `git apply` accepts' }),
  lineage: LineageSchema,
  createdAt: Timestamp,
  appliedAt: nullable(Timestamp),
});
export type Diff = Static<typeof DiffSchema>;

export const DecisionRecordSchema = Type.Object({
  decision: literals(DECISIONS),
  actor: Type.String(),
  hash: ContentHash,
  comment: nullable(Type.String()),
  at: Timestamp,
});
export type DecisionRecord = Static<typeof DecisionRecordSchema>;

export const ApprovalSchema = Type.Object({
  approvalId: Uuid,
  runId: Uuid,
  diffId: Uuid,
  requestId: Type.String(),
  state: literals(APPROVAL_STATES),
  tool: Type.String(),
  workspace: Type.String(),
  goal: Type.String(),
  hash: ContentHash,
  files: Type.Array(FileChangeSchema),
  requester: Type.String(),
  rule: Type.String({ description: 'Policy rule that asked for the approval' }),
  decision: nullable(DecisionRecordSchema),
  createdAt: Timestamp,
  expiresAt: Timestamp,
});
export type Approval = Static<typeof ApprovalSchema>;

export const COMMENT_MAX_CHARS = 4_000;
export const DecideParamsSchema = closed({
  approvalId: Uuid,
  decision: literals(DECISIONS),
  hash: ContentHash,
  comment: Type.Optional(Type.String({ maxLength: COMMENT_MAX_CHARS })),
});
export type DecideParams = Static<typeof DecideParamsSchema>;

/** The `result` a client sends back for an `approval/request`. */
export const ApprovalAnswerSchema = Type.Omit(DecideParamsSchema, ['approvalId'], { additionalProperties: false });
export type ApprovalAnswer = Static<typeof ApprovalAnswerSchema>;
