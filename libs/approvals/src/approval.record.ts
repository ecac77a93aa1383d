import type { Approval, ApprovalState, DecisionVerb, FileChange, ServerRequest } from '@assent/contract';
import { sql, type Sql } from '@assent/platform';

/** An approval with what a reviewer needs to see of its diff and its run, and the decision if there is one. */
export interface ApprovalRecord {
  readonly id: string;
  readonly tenantId: string;
  readonly runId: string;
  readonly step: number;
  readonly diffId: string;
  readonly requestId: string;
  readonly state: ApprovalState;
  readonly hash: string;
  readonly tool: string;
  readonly workspace: string;
  readonly requester: string;
  readonly rule: string;
  readonly goal: string;
  readonly files: FileChange[];
  /** The planner's action that the diff came from. */
  readonly actionId: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  /** Pending and past its time on the database's clock, although no sweep has marked it yet. */
  readonly overdue: boolean;
  readonly decision: DecisionVerb | null;
  readonly actor: string | null;
  readonly decidedHash: string | null;
  readonly comment: string | null;
  readonly decidedAt: Date | null;
}

/** `select` of `ApprovalRecord`s up to the `where`. */
export const APPROVAL_SELECT: Sql = sql`select approvals.id, approvals.tenant_id as "tenantId", approvals.run_id as "runId", approvals.step,
  approvals.diff_id as "diffId", approvals.request_id as "requestId", approvals.state, approvals.hash, approvals.tool, approvals.workspace,
  approvals.requester, approvals.rule, runs.goal, diffs.files, diffs.lineage->>'actionId' as "actionId", approvals.created_at as "createdAt", approvals.expires_at as "expiresAt",
  approvals.state = 'pending' and approvals.expires_at <= now() as overdue,
  decisions.decision, decisions.actor, decisions.hash as "decidedHash", decisions.comment, decisions.created_at as "decidedAt"
  from approvals join runs on runs.id = approvals.run_id join diffs on diffs.id = approvals.diff_id
  left join decisions on decisions.approval_id = approvals.id`;

/** The wire form of an approval. */
export function toWireApproval(record: ApprovalRecord): Approval {
  return {
    approvalId: record.id,
    runId: record.runId,
    diffId: record.diffId,
    requestId: record.requestId,
    state: record.state,
    tool: record.tool,
    workspace: record.workspace,
    goal: record.goal,
    hash: record.hash,
    files: record.files,
    requester: record.requester,
    rule: record.rule,
    decision:
      record.decision && record.decidedAt
        ? {
            decision: record.decision,
            actor: record.actor ?? '',
            hash: record.decidedHash ?? record.hash,
            comment: record.comment,
            at: record.decidedAt.toISOString(),
          }
        : null,
    createdAt: record.createdAt.toISOString(),
    expiresAt: record.expiresAt.toISOString(),
  };
}

/** What the `request` frame asks of the client, and what `run/get` lists as pending. */
export function approvalRequest(approval: {
  readonly requestId: string;
  readonly approvalId: string;
  readonly diffId: string;
  readonly hash: string;
  readonly tool: string;
  readonly expiresAt: string;
  readonly files: readonly FileChange[];
}): ServerRequest {
  const { requestId, approvalId, diffId, hash, tool, expiresAt, files } = approval;
  return {
    jsonrpc: '2.0',
    id: requestId,
    method: 'approval/request',
    params: { approvalId, diffId, hash, tool, expiresAt, files: [...files] },
  };
}
