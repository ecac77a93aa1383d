import { Injectable } from '@nestjs/common';
import {
  AssentError,
  frame,
  type Approval,
  type DecideParams,
  type Needed,
  type NewFrame,
  type Principal,
  type ReviseParams,
} from '@assent/contract';
import { recordAudit } from '@assent/audit';
import { Config, sql, type RunPart, cte, RUN } from '@assent/platform';
import { ApprovalCommits } from './approval.commit';
import { ApprovalMetrics } from './approval.metrics';
import { neededFor, requirementsOf, type ApprovalRecord } from './approval.record';
import { ApprovalRepository } from './approval.repository';
import { ApprovalWire } from './approval.wire';
import { approvalNotFound, checkDecision, checkRevision, voteOf, withVote } from './decision.check';
import { moveDiff, type DiffRecord } from './diff.repository';
import { revisionFrames, revisionSet, revisionWrites, type Revision } from './revision';
import { PermissionRevisions } from './permissions/permission.revisions';
import { RevisionService } from './revision.service';
import { subjectEvent } from './subjects/subject.event';
import { isEnough, type Vote } from './requirements';
import { DECISIONS, APPROVAL_VOTES } from './approvals.tables';

/** Others may vote, revise or escalate between the read and the write; the change is then retried. */
const MAX_ATTEMPTS = 20;

/** A revision that is decided in the same call, and the revision it came from. */
interface Revised {
  readonly revision: Revision;
  readonly before: DiffRecord;
}

/** Decides approvals. The first committed decision wins, through any API (REST, RPC, a stream response, a callback). */
@Injectable()
export class DecisionService {
  constructor(
    private readonly approvals: ApprovalRepository,
    private readonly commits: ApprovalCommits,
    private readonly revisions: RevisionService,
    private readonly permissions: PermissionRevisions,
    private readonly config: Config,
    private readonly metrics: ApprovalMetrics,
    private readonly wire: ApprovalWire,
  ) {}

  /**
   * Records one vote. A rejection, or the vote that completes the quorum, decides the approval.
   * @throws AssentError not_found; forbidden (own run, no role for it, own revision); precondition_failed (another hash);
   * gone (expired); conflict (somebody has decided, or the run has ended); as RevisionService.create for `hunks`
   * @param extraWrites further writes of the same transaction
   */
  async decide(principal: Principal, params: DecideParams, extraWrites: readonly RunPart[] = []): Promise<Approval> {
    if (params.hunks && params.decision === 'reject') {
      throw new AssentError(
        'invalid',
        '`hunks` can only be used with "approve"; a rejection always covers the whole diff.',
        {
          pointer: '/hunks',
        },
      );
    }
    return this.retryOnConflict(principal, params.approvalId, async (approval) => {
      const repeated = params.hunks ? await this.repeatedHunks(principal, params, approval) : null;
      if (repeated) return repeated;
      const isPast = await this.isPast(params.hash, approval);
      const isRepeated = checkDecision(principal, { ...params, isPast }, approval, this.config.env.SELF_APPROVAL);
      if (isRepeated) return this.wire.of(principal, approval);
      const comment = params.comment ?? null;
      const drafted = params.hunks
        ? await this.revisions.create(approval, { hunks: params.hunks }, principal, comment)
        : null;
      return this.vote(principal, params, approval, {
        revised: drafted && 'revision' in drafted ? drafted : null,
        extraWrites,
      });
    });
  }

  /**
   * Creates a new revision without votes; a decision on the old hash is refused.
   * @throws AssentError as `decide`; not_editable
   */
  async revise(principal: Principal, { approvalId, hash, comment, ...edit }: ReviseParams): Promise<Approval> {
    return this.retryOnConflict(principal, approvalId, async (approval) => {
      const isPast = await this.isPast(hash, approval);
      checkRevision(principal, { hash, isPast }, approval, this.config.env.SELF_APPROVAL);
      if (approval.subjectType === 'agent_permission') {
        const change = await this.permissions.create(approval, edit, principal, comment ?? null);
        return (await this.commits.commit(approval, change)) && this.read(principal, approvalId);
      }
      const revised = await this.revisions.create(approval, edit, principal, comment ?? null);
      if ('unchanged' in revised) {
        throw new AssentError(
          'conflict',
          `That is already the content of approval ${approvalId}: nothing was changed.`,
        );
      }
      const { revision, before } = revised;
      const changed = await this.commits.commit(approval, {
        set: sql`${revisionSet(revision, approval)}, votes = 0`,
        time: 'before_expiry',
        writes: revisionWrites(revision, approval, before, 'pending'),
        frames: revisionFrames(revision, approval, before),
        resume: null,
      });
      return changed && this.read(principal, approvalId);
    });
  }

  private async retryOnConflict(
    principal: Principal,
    approvalId: string,
    attempt: (approval: ApprovalRecord) => Promise<Approval | null>,
  ): Promise<Approval> {
    for (let attempts = 0; attempts < MAX_ATTEMPTS; attempts += 1) {
      const approval = await this.approvals.find(principal.tenantId, approvalId);
      if (!approval) throw approvalNotFound(approvalId);
      const answer = await attempt(approval);
      if (answer) return answer;
    }
    throw new AssentError('in_flight', `Approval ${approvalId} is being changed by others: try again.`);
  }

  private async isPast(hash: string, approval: ApprovalRecord): Promise<boolean> {
    if (hash === approval.hash || (approval.state === 'pending' && !approval.overdue)) return false;
    return this.approvals.hadHash(approval, hash);
  }

  /** The response to a repeated choice of hunks: the approval already has that content, under another hash. */
  private async repeatedHunks(
    principal: Principal,
    { hash, hunks }: DecideParams,
    approval: ApprovalRecord,
  ): Promise<Approval | null> {
    if (hash === approval.hash || approval.author !== principal.subject) return null;
    return (await this.revisions.isChoiceOf(approval, hash, hunks ?? [])) ? this.wire.of(principal, approval) : null;
  }

  private async vote(
    principal: Principal,
    { decision, comment: given }: DecideParams,
    approval: ApprovalRecord,
    { revised, extraWrites }: { readonly revised: Revised | null; readonly extraWrites: readonly RunPart[] },
  ): Promise<Approval | null> {
    const comment = given ?? null;
    const vote = voteOf(principal, decision);
    const target = revised ? withRevision(approval, revised.revision) : approval;
    if (revised && requirementsOf(target).clauses.every(({ authorsApprove }) => !authorsApprove))
      throw authorCannotApprove(approval.id);
    const votes = withVote(target.votes, vote);
    const missing = neededFor(target, votes);
    const outcome = decision === 'reject' ? 'rejected' : isEnough(missing) ? 'approved' : null;
    const approving = votes.filter((cast) => cast.decision === 'approve').length;
    const changed = await this.commits.commit(approval, {
      set: sql`${revised ? sql`${revisionSet(revised.revision, approval)},` : sql``} votes = ${approving}, is_subject_known = true, state = ${outcome ?? 'pending'}`,
      time: 'before_expiry',
      writes: [
        ...(revised ? revisionWrites(revised.revision, approval, revised.before, outcome ?? 'pending') : []),
        ...this.writes(target, vote, comment, outcome, revised !== null),
        ...extraWrites,
      ],
      frames: [
        ...(revised ? revisionFrames(revised.revision, approval, revised.before) : []),
        ...framesOf(target, vote, comment, outcome, missing),
      ],
      event:
        outcome === null
          ? undefined
          : subjectEvent('approval.decided', target, { decision, actor: vote.actor, comment, via: vote.via ?? null }),
      resume: outcome === null ? null : { phase: outcome === 'approved' ? 'apply' : 'observe', steps: 0 },
    });
    if (!changed) return null;
    if (outcome) this.metrics.decided(decision, (changed.at.getTime() - approval.createdAt.getTime()) / 1_000);
    const at = changed.at.toISOString();
    const row = { ...vote, hash: target.hash, comment, at };
    const ended = {
      decision,
      actor: vote.actor,
      decidedHash: target.hash,
      comment,
      decidedAt: changed.at,
      decidedVia: vote.via ?? null,
    };
    return this.wire.of(principal, {
      ...target,
      votes: [...target.votes.filter(({ actor }) => actor !== vote.actor), row],
      ...(outcome && { state: outcome, ...ended }),
    });
  }

  private writes(
    target: ApprovalRecord,
    vote: Vote,
    comment: string | null,
    outcome: 'approved' | 'rejected' | null,
    isNew: boolean,
  ): RunPart[] {
    const { id, diffId, hash, rule, revision } = target;
    const { actor, decision } = vote;
    const rules = requirementsOf(target).clauses.map((clause) => `${clause.rule}@${clause.version}`);
    return [
      insertVote(target, vote, comment),
      ...(outcome ? [insertDecision(target, vote, comment)] : []),
      // A revision that is decided in the same call is stored as decided.
      ...(outcome && diffId !== null && !isNew ? [moveDiff(diffId, 'pending', outcome)] : []),
      recordAudit({
        action: outcome === null ? 'approval.vote' : decision === 'approve' ? 'approval.approve' : 'approval.reject',
        actor,
        subjectType: 'approval',
        subjectId: id,
        hash,
        detail: {
          diffId,
          revision,
          rule,
          policy: rules,
          roles: vote.roles,
          decision,
          comment,
          ...(vote.via && { via: vote.via }),
          ...(vote.person && { person: vote.person }),
          ...(vote.issuers?.length && { issuers: vote.issuers }),
        },
      }),
    ];
  }

  private async read(principal: Principal, approvalId: string): Promise<Approval> {
    const approval = await this.approvals.find(principal.tenantId, approvalId);
    if (!approval) throw approvalNotFound(approvalId);
    return this.wire.of(principal, approval);
  }
}

function authorCannotApprove(approvalId: string): AssentError {
  return new AssentError(
    'forbidden',
    `An author cannot approve their own revision, and choosing hunks creates one. Send the hunks to POST /approvals/${approvalId}/revisions and let somebody else decide.`,
  );
}

/** The approval with the revision applied. */
function withRevision(
  approval: ApprovalRecord,
  { diffId, number, hash, author, authors, files, terms: requirements, risks }: Revision,
): ApprovalRecord {
  return {
    ...approval,
    diffId,
    revision: number,
    hash,
    author,
    authors,
    files: [...files],
    terms: requirements,
    votes: [],
    risks: risks as ApprovalRecord['risks'],
  };
}

function framesOf(
  { step, id: approvalId, requestId, diffId, hash }: ApprovalRecord,
  vote: Vote,
  comment: string | null,
  outcome: 'approved' | 'rejected' | null,
  missing: Needed,
): NewFrame[] {
  const { decision, actor } = vote;
  // A subject without a run has no stream.
  if (step === null || diffId === null) return [];
  if (outcome === null) {
    return [
      frame('approval.voted', step, {
        approvalId,
        decision,
        actor,
        hash,
        comment,
        needed: missing,
        via: vote.via ?? null,
      }),
    ];
  }
  return [
    frame('approval.decided', step, { approvalId, decision, actor, hash, comment, via: vote.via ?? null }),
    frame('request.resolved', step, { id: requestId, outcome: decision, actor }),
    ...(outcome === 'rejected' ? [frame('diff.rejected', step, { diffId, hash, actor })] : []),
    frame('run.resumed', step, { reason: 'decision' }),
  ];
}

type Decided = Pick<ApprovalRecord, 'id' | 'hash' | 'revision'>;

/** One row per approval, by its primary key. */
function insertDecision({ id, hash }: Decided, { decision, actor, via = null }: Vote, comment: string | null): RunPart {
  const row = { approvalId: id, tenantId: RUN.column('tenantId'), decision, actor, hash, comment, via };
  return cte('insert_decisions', DECISIONS.insert({ ...row, createdAt: RUN.column('updatedAt') }, sql`from ${RUN}`));
}

/** One row per person and revision: their latest vote. */
function insertVote(
  { id, hash, revision }: Decided,
  { actor, decision, roles, person = null, issuers = null, via = null }: Vote,
  comment: string | null,
): RunPart {
  return cte(
    'insert_approval_votes',
    APPROVAL_VOTES.insert(
      {
        approvalId: id,
        revision,
        actor,
        tenantId: RUN.column('tenantId'),
        decision,
        hash,
        comment,
        roles,
        person,
        issuers,
        via,
        createdAt: RUN.column('updatedAt'),
      },
      sql`from ${RUN} on conflict (approval_id, revision, actor) do update set decision = excluded.decision, comment = excluded.comment,
        roles = excluded.roles, person = excluded.person, issuers = excluded.issuers, via = excluded.via, created_at = excluded.created_at`,
    ),
  );
}
