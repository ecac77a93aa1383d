import type {
  Approval,
  ApprovalState,
  DecisionVerb,
  FileChange,
  Risk,
  ServerRequest,
  SubjectType,
} from '@assent/contract';
import { sql, type Sql } from '@assent/platform';
import { DEFAULT_TERMS, needed, type Terms, type Vote } from './terms';

interface VoteRow extends Vote {
  readonly hash: string;
  readonly comment: string | null;
  /** RFC 3339. */
  readonly at: string;
}

/** An approval with what a reviewer needs to see of its subject and its run, the votes, and the decision if there is one. */
export interface ApprovalRecord {
  readonly id: string;
  readonly tenantId: string;
  /** Null, with `step` and `diffId`, for a subject beside diffs. */
  readonly runId: string | null;
  readonly step: number | null;
  readonly diffId: string | null;
  readonly subjectType: SubjectType;
  readonly subjectId: string | null;
  readonly requestId: string;
  readonly state: ApprovalState;
  readonly hash: string;
  readonly revision: number;
  readonly author: string | null;
  /** Rises with every change while it is pending. */
  readonly version: number;
  readonly tool: string;
  readonly workspace: string;
  readonly requester: string;
  /** The credential that its run was started with; null: not known, or no run. */
  readonly runCredential: string | null;
  readonly rule: string;
  readonly goal: string;
  readonly files: FileChange[];
  /** The planner's action that the diff came from. */
  readonly actionId: string | null;
  readonly terms: Terms | null;
  readonly risks: readonly Risk[];
  readonly agendaDone: number;
  /** On the revision as it is now. */
  readonly votes: readonly VoteRow[];
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
  approvals.diff_id as "diffId", approvals.subject_type as "subjectType", approvals.subject_id as "subjectId",
  approvals.request_id as "requestId", approvals.state, approvals.hash, approvals.revision, approvals.author, approvals.version,
  runs.authority->>'credential' as "runCredential", approvals.tool, approvals.workspace, approvals.requester, approvals.rule, coalesce(runs.goal, approvals.title, '') as goal,
  coalesce(diffs.files, '[]'::json) as files, diffs.lineage->>'actionId' as "actionId", approvals.terms, approvals.risks,
  approvals.agenda_done as "agendaDone", approvals.created_at as "createdAt", approvals.expires_at as "expiresAt",
  (select coalesce(json_agg(json_build_object('actor', v.actor, 'decision', v.decision, 'roles', v.roles, 'person', v.person, 'hash', v.hash,
      'comment', v.comment, 'at', v.created_at) order by v.created_at, v.actor), '[]'::json)
    from approval_votes v where v.approval_id = approvals.id and v.revision = approvals.revision) as votes,
  approvals.state = 'pending' and approvals.expires_at <= now() as overdue,
  decisions.decision, decisions.actor, decisions.hash as "decidedHash", decisions.comment, decisions.created_at as "decidedAt"
  from approvals left join runs on runs.id = approvals.run_id left join diffs on diffs.id = approvals.diff_id
  left join decisions on decisions.approval_id = approvals.id`;

export function termsOf({ terms }: Pick<ApprovalRecord, 'terms'>): Terms {
  return terms ?? DEFAULT_TERMS;
}

/** The wire form of an approval. */
export function toWireApproval(record: ApprovalRecord): Approval {
  const terms = termsOf(record);
  const done = terms.agenda.slice(0, record.agendaDone);
  return {
    approvalId: record.id,
    runId: record.runId,
    diffId: record.diffId,
    requestId: record.requestId,
    state: record.state,
    subject: { type: record.subjectType, id: record.subjectId ?? record.diffId ?? record.id },
    tool: record.tool,
    workspace: record.workspace,
    goal: record.goal,
    hash: record.hash,
    revision: record.revision,
    author: record.author,
    files: record.files,
    requester: record.requester,
    rule: record.rule,
    risks: [...record.risks],
    policy: terms.clauses.map((clause) => ({ ...clause })),
    onExpiry: terms.onExpiry,
    votes: record.votes.map(({ actor, decision, hash, comment, at }) => ({
      decision,
      actor,
      hash,
      comment,
      at: new Date(at).toISOString(),
    })),
    needed: record.state === 'pending' ? needed(terms, record.votes, record.author) : { people: 0, roles: [] },
    reminders: done.filter(({ kind }) => kind === 'remind').length,
    escalations: done.filter(({ kind }) => kind === 'escalate').length,
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
  readonly diffId: string | null;
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
