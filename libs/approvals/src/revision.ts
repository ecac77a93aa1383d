import { frame, type FileChange, type JsonObject, type NewFrame, type RevisionOrigin } from '@assent/contract';
import { recordAudit } from '@assent/audit';
import { sql, type Sql, type RunPart } from '@assent/platform';
import type { People } from '@assent/identity';
import type { ApprovalRecord } from './approval.record';
import { insertDiff, moveDiff, type DiffRecord } from './diff.repository';
import { quorumOf, type Requirements } from './requirements';

/** A new revision of a diff, before any vote. */
export interface Revision {
  readonly diffId: string;
  readonly number: number;
  readonly origin: RevisionOrigin;
  readonly author: string;
  /** The people behind the author's credential. */
  readonly authors: People;
  readonly hash: string;
  readonly content: Buffer;
  readonly files: readonly FileChange[];
  readonly comment: string | null;
  /** Arguments of the call as changed by a reviewer. */
  readonly args: JsonObject | null;
  readonly terms: Requirements;
  readonly risks: readonly string[];
}

/** Assignments that switch an approval to this revision. Earlier votes stay with their own revision. */
export function revisionSet(revision: Revision, { agendaDone }: ApprovalRecord): Sql {
  const next = revision.terms.agenda[agendaDone]?.afterSeconds ?? null;
  return sql`hash = ${revision.hash}, diff_id = ${revision.diffId}, revision = ${revision.number}, author = ${revision.author},
    authors = ${revision.authors}::text[],
    terms = ${JSON.stringify(revision.terms)}::json, quorum = ${quorumOf(revision.terms)}, risks = ${revision.risks}::text[],
    next_due_at = approvals.created_at + make_interval(secs => ${next})`;
}

/**
 * The rows of the revision itself.
 * @param state of the new revision
 */
export function revisionWrites(
  revision: Revision,
  approval: ApprovalRecord,
  before: DiffRecord,
  state: 'pending' | 'approved' | 'rejected',
): RunPart[] {
  const { diffId, number, origin, author, hash, content, files, comment, args } = revision;
  const { id: supersedes, callId, tool, workspace, lineage, step } = before;
  return [
    moveDiff(supersedes, 'pending', 'superseded'),
    insertDiff({
      id: diffId,
      step,
      revision: number,
      callId,
      state,
      tool,
      workspace,
      hash,
      content,
      lineage,
      files: [...files],
      origin,
      author,
      supersedes,
      args,
    }),
    recordAudit({
      action: 'approval.revise',
      actor: author,
      subjectType: 'approval',
      subjectId: approval.id,
      hash,
      detail: { diffId, revision: number, origin, supersedes, from: before.hash, comment },
    }),
  ];
}

export function revisionFrames(revision: Revision, approval: ApprovalRecord, before: DiffRecord): NewFrame[] {
  const { diffId, number, origin, author, hash, files, comment } = revision;
  const { id: approvalId, requestId } = approval;
  const supersedes = before.id;
  return [
    frame('diff.created', before.step, {
      diffId,
      callId: before.callId,
      revision: number,
      hash,
      files: [...files],
      origin,
      author,
      supersedes,
    }),
    frame('approval.revised', before.step, {
      approvalId,
      diffId,
      requestId,
      revision: number,
      hash,
      author,
      origin,
      supersedes,
      comment,
    }),
  ];
}
