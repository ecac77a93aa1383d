import type {
  Approval,
  ApprovalState,
  DecisionVerb,
  FileChange,
  Needed,
  Rationale,
  Risk,
  ServerRequest,
  SubjectType,
} from '@assent/contract';
import { peopleBehind, type People } from '@assent/identity';
import { sql, type Sql } from '@assent/platform';
import type { ReviewerQuestion } from './permissions/permission.repository';
import { DEFAULT_REQUIREMENTS, needed, type Requirements, type Vote } from './requirements';

interface VoteRow extends Vote {
  readonly hash: string;
  readonly comment: string | null;
  /** RFC 3339. */
  readonly at: string;
}

/** An approval with the view of its subject and run for reviewers, its votes, and the decision if there is one. */
export interface ApprovalRecord {
  readonly id: string;
  readonly tenantId: string;
  /** Null, like `step` and `diffId`, for a subject other than a diff. */
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
  /** The people behind the author's credential; null: the author alone, or no author. */
  readonly authors?: People | null;
  /** Increases with every change while the approval is pending. */
  readonly version: number;
  readonly tool: string;
  readonly workspace: string;
  readonly requester: string;
  /** The applied diff that its run undoes. */
  readonly reverts: string | null;
  /** The credential that started its run; null: unknown, or there is no run. */
  readonly runCredential: string | null;
  /** The people who issued the requester's credential; null: unknown, or nobody else. */
  readonly requesterIssuers?: readonly string[] | null;
  readonly rule: string;
  readonly goal: string;
  readonly files: FileChange[];
  /** The planner's action that produced the diff. */
  readonly actionId: string | null;
  readonly terms: Requirements | null;
  readonly risks: readonly Risk[];
  /** Null: the run has no tree, or an older version requested the approval. */
  readonly rationale: Rationale | null;
  readonly agendaDone: number;
  /** Votes on the current revision. */
  readonly votes: readonly VoteRow[];
  readonly createdAt: Date;
  readonly expiresAt: Date;
  /** Pending and expired on the database's clock, even if no sweep has recorded it yet. */
  readonly overdue: boolean;
  readonly decision: DecisionVerb | null;
  readonly actor: string | null;
  readonly decidedHash: string | null;
  readonly comment: string | null;
  readonly decidedAt: Date | null;
  readonly decidedVia: string | null;
  /** Only of the subject `agent_permission`, up to SHOWN_CONTENT_BYTES: its exact bytes. */
  readonly content?: Buffer | null;
  /** A reviewer's last question to the agent. */
  readonly question?: ReviewerQuestion | null;
}

/** Larger contents are shown by GET /approvals/{id}/diff alone, so that a list stays small. */
const SHOWN_CONTENT_BYTES = 65_536;

/** The `select` clause of `ApprovalRecord`s, up to `where`. */
export const APPROVAL_SELECT: Sql = sql`select approvals.id, approvals.tenant_id as "tenantId", approvals.run_id as "runId", approvals.step,
  approvals.diff_id as "diffId", approvals.subject_type as "subjectType", approvals.subject_id as "subjectId",
  approvals.request_id as "requestId", approvals.state, approvals.hash, approvals.revision, approvals.author, approvals.authors, approvals.version,
  runs.authority->>'credential' as "runCredential", coalesce(approvals.issuers, runs.issuers) as "requesterIssuers", approvals.tool, approvals.workspace, approvals.requester, runs.reverts, approvals.rule, coalesce(runs.goal, approvals.title, '') as goal,
  coalesce(diffs.files, '[]'::json) as files, diffs.lineage->>'actionId' as "actionId", approvals.terms, approvals.risks, approvals.rationale,
  approvals.agenda_done as "agendaDone", approvals.created_at as "createdAt", approvals.expires_at as "expiresAt",
  (select coalesce(json_agg(json_build_object('actor', v.actor, 'decision', v.decision, 'roles', v.roles, 'person', v.person, 'issuers', v.issuers, 'via', v.via,
      'hash', v.hash, 'comment', v.comment, 'at', v.created_at) order by v.created_at, v.actor), '[]'::json)
    from approval_votes v where v.approval_id = approvals.id and v.revision = approvals.revision) as votes,
  approvals.state = 'pending' and approvals.expires_at <= now() as overdue,
  case when approvals.subject_type = 'agent_permission' and octet_length(approvals.content) <= ${SHOWN_CONTENT_BYTES}::integer then approvals.content end as content,
  case when approvals.subject_type = 'agent_permission' then (select question from agent_permissions where approval_id = approvals.id) end as question,
  decisions.decision, decisions.actor, decisions.hash as "decidedHash", decisions.comment, decisions.created_at as "decidedAt", decisions.via as "decidedVia"
  from approvals left join runs on runs.id = approvals.run_id left join diffs on diffs.id = approvals.diff_id
  left join decisions on decisions.approval_id = approvals.id`;

export function requirementsOf({ terms: requirements }: Pick<ApprovalRecord, 'terms'>): Requirements {
  return requirements ?? DEFAULT_REQUIREMENTS;
}

/** The people behind the requester. */
export function requestersOf({ requester, requesterIssuers }: ApprovalRecord): People {
  return peopleBehind({ subject: requester, issuers: requesterIssuers });
}

/** The people behind the current content; null: the run is the author. */
export function authorsOf({ author, authors }: Pick<ApprovalRecord, 'author' | 'authors'>): People | null {
  if (author === null) return null;
  // The author's name as well: a replica of the previous version changes `author` without `authors`.
  const [person = author, ...issuers] = authors ?? [];
  return [person, ...issuers, author];
}

/** The requirements that these votes leave open. */
export function neededFor(
  approval: ApprovalRecord,
  votes: readonly Vote[],
  requirements: Requirements = requirementsOf(approval),
): Needed {
  return needed(requirements, votes, authorsOf(approval));
}

/** The wire form of an approval, without the parts that depend on the caller and the server. */
export function toWireApproval(record: ApprovalRecord): Omit<Approval, 'you' | 'reviewUrl' | 'permission'> {
  const requirements = requirementsOf(record);
  const done = requirements.agenda.slice(0, record.agendaDone);
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
    reverts: record.reverts,
    rule: record.rule,
    risks: [...record.risks],
    rationale: record.rationale,
    policy: requirements.clauses.map((requirement) => ({ ...requirement })),
    onExpiry: requirements.onExpiry,
    votes: record.votes.map(({ actor, decision, hash, comment, via = null, at }) => ({
      decision,
      actor,
      hash,
      comment,
      via,
      at: new Date(at).toISOString(),
    })),
    needed: record.state === 'pending' ? neededFor(record, record.votes) : { people: 0, roles: [] },
    reminders: done.filter(({ kind }) => kind === 'remind').length,
    escalations: done.filter(({ kind }) => kind === 'escalate').length,
    decision:
      record.decision && record.decidedAt
        ? {
            decision: record.decision,
            actor: record.actor ?? '',
            hash: record.decidedHash ?? record.hash,
            comment: record.comment,
            via: record.decidedVia,
            at: record.decidedAt.toISOString(),
          }
        : null,
    createdAt: record.createdAt.toISOString(),
    expiresAt: record.expiresAt.toISOString(),
  };
}

/** The content of the `request` frame for the client, also listed as pending by `run/get`. */
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
