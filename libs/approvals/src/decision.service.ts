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
import { recordAudit, Config, sql, type Cte } from '@assent/platform';
import { ApprovalCommits } from './approval.commit';
import { ApprovalMetrics } from './approval.metrics';
import { termsOf, toWireApproval, type ApprovalRecord } from './approval.record';
import { ApprovalRepository } from './approval.repository';
import { approvalNotFound, checkDecision, checkRevision, voteOf, withVote } from './decision.check';
import { insertDecision, insertVote } from './decision.writes';
import { moveDiff, type DiffRecord } from './diff.repository';
import { revisionFrames, revisionSet, revisionWrites, type Revision } from './revision';
import { RevisionMaker } from './revision.maker';
import { subjectNews } from './subjects/subject.news';
import { isEnough, needed, type Vote } from './terms';

/** Others may vote, revise or escalate between a look and the write; then it is looked at again. */
const TRIES = 20;

/** A revision that is decided in the same call, and what it came from. */
interface Revised {
  readonly revision: Revision;
  readonly before: DiffRecord;
}

/** Decides approvals. Whatever the door (REST, RPC, a stream answer), the first committed decision wins. */
@Injectable()
export class DecisionService {
  constructor(
    private readonly approvals: ApprovalRepository,
    private readonly commits: ApprovalCommits,
    private readonly maker: RevisionMaker,
    private readonly config: Config,
    private readonly metrics: ApprovalMetrics,
  ) {}

  /**
   * One person's word. The last that the policy needs, and every rejection, decides.
   * @throws AssentError not_found; forbidden (own run, no role for it, own revision); precondition_failed (another hash);
   * gone (expired); conflict (somebody has decided, or the run has ended); as RevisionMaker.make for `hunks`
   * @param also further writes of the same transaction; each MUST select from `held`
   */
  async decide(principal: Principal, params: DecideParams, also: readonly Cte[] = []): Promise<Approval> {
    if (params.hunks && params.decision === 'reject') {
      throw new AssentError('invalid', 'Hunks are chosen to approve them: a rejection is about all of it.', {
        pointer: '/hunks',
      });
    }
    return this.trying(principal, params.approvalId, async (approval) => {
      const repeated = params.hunks ? await this.repeatedHunks(principal, params, approval) : null;
      if (repeated) return repeated;
      const earlier = checkDecision(principal, params, approval, this.config.env.SELF_APPROVAL);
      if (earlier) return earlier;
      const comment = params.comment ?? null;
      const made = params.hunks
        ? await this.maker.make(approval, { hunks: params.hunks }, principal.subject, comment)
        : null;
      return this.vote(principal, params, approval, { made: made && 'revision' in made ? made : null, also });
    });
  }

  /**
   * Changes what is asked for. Nobody has voted on the new revision, and a decision on the old hash is refused.
   * @throws AssentError as `decide`
   */
  async revise(principal: Principal, { approvalId, hash, comment, ...edit }: ReviseParams): Promise<Approval> {
    return this.trying(principal, approvalId, async (approval) => {
      checkRevision(principal, hash, approval, this.config.env.SELF_APPROVAL);
      const made = await this.maker.make(approval, edit, principal.subject, comment ?? null);
      if ('unchanged' in made) {
        throw new AssentError('conflict', `That is what approval ${approvalId} is about already: nothing was changed.`);
      }
      const { revision, before } = made;
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

  private async trying(
    principal: Principal,
    approvalId: string,
    attempt: (approval: ApprovalRecord) => Promise<Approval | null>,
  ): Promise<Approval> {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const approval = await this.approvals.find(principal.tenantId, approvalId);
      if (!approval) throw approvalNotFound(approvalId);
      const answer = await attempt(approval);
      if (answer) return answer;
    }
    throw new AssentError('in_flight', `Approval ${approvalId} is being changed right now: try again.`);
  }

  /** The answer to chosen hunks that were chosen before: the approval is about them by now, under another hash. */
  private async repeatedHunks(
    principal: Principal,
    { hash, hunks }: DecideParams,
    approval: ApprovalRecord,
  ): Promise<Approval | null> {
    if (hash === approval.hash || approval.author !== principal.subject) return null;
    return (await this.maker.isChoiceOf(approval, hash, hunks ?? [])) ? toWireApproval(approval) : null;
  }

  private async vote(
    principal: Principal,
    { decision, comment: given }: DecideParams,
    approval: ApprovalRecord,
    { made: revised, also }: { readonly made: Revised | null; readonly also: readonly Cte[] },
  ): Promise<Approval | null> {
    const comment = given ?? null;
    const vote = voteOf(principal, decision);
    const on = revised ? withRevision(approval, revised.revision) : approval;
    if (revised && termsOf(on).clauses.every(({ authorsApprove }) => !authorsApprove)) throw onlyOthers(approval.id);
    const votes = withVote(on.votes, vote);
    const missing = needed(termsOf(on), votes, on.author);
    const ends = decision === 'reject' ? 'rejected' : isEnough(missing) ? 'approved' : null;
    const approving = votes.filter((one) => one.decision === 'approve').length;
    const changed = await this.commits.commit(approval, {
      set: sql`${revised ? sql`${revisionSet(revised.revision, approval)},` : sql``} votes = ${approving}, state = ${ends ?? 'pending'}`,
      time: 'before_expiry',
      writes: [
        ...(revised ? revisionWrites(revised.revision, approval, revised.before, ends ?? 'pending') : []),
        ...this.writes(on, vote, comment, ends, revised !== null),
        ...also,
      ],
      frames: [
        ...(revised ? revisionFrames(revised.revision, approval, revised.before) : []),
        ...framesOf(on, vote, comment, ends, missing),
      ],
      news: ends === null ? undefined : subjectNews('approval.decided', on, { decision, actor: vote.actor, comment }),
      resume: ends === null ? null : { phase: ends === 'approved' ? 'apply' : 'observe', steps: 0 },
    });
    if (!changed) return null;
    if (ends) this.metrics.decided(decision, (changed.at.getTime() - approval.createdAt.getTime()) / 1_000);
    const at = changed.at.toISOString();
    const row = { ...vote, hash: on.hash, comment, at };
    const ended = { decision, actor: vote.actor, decidedHash: on.hash, comment, decidedAt: changed.at };
    return toWireApproval({
      ...on,
      votes: [...on.votes.filter(({ actor }) => actor !== vote.actor), row],
      ...(ends && { state: ends, ...ended }),
    });
  }

  private writes(
    on: ApprovalRecord,
    vote: Vote,
    comment: string | null,
    ends: 'approved' | 'rejected' | null,
    isNew: boolean,
  ): Cte[] {
    const { id, diffId, hash, rule, revision } = on;
    const { actor, decision } = vote;
    const rules = termsOf(on).clauses.map((clause) => `${clause.rule}@${clause.version}`);
    return [
      insertVote(on, vote, comment),
      ...(ends ? [insertDecision(on, decision, actor, comment)] : []),
      // A revision that is decided in the same call is stored as decided.
      ...(ends && diffId !== null && !isNew ? [moveDiff(diffId, 'pending', ends)] : []),
      recordAudit({
        action: ends === null ? 'approval.vote' : decision === 'approve' ? 'approval.approve' : 'approval.reject',
        actor,
        subjectType: 'approval',
        subjectId: id,
        hash,
        detail: {
          ...{ diffId, revision, rule, policy: rules, roles: vote.roles, decision, comment },
          ...(vote.person && { person: vote.person }),
        },
      }),
    ];
  }

  private async read(principal: Principal, approvalId: string): Promise<Approval> {
    const approval = await this.approvals.find(principal.tenantId, approvalId);
    if (!approval) throw approvalNotFound(approvalId);
    return toWireApproval(approval);
  }
}

function onlyOthers(approvalId: string): AssentError {
  return new AssentError(
    'forbidden',
    `The author of a revision cannot approve it, and choosing hunks makes one: send them to POST /approvals/${approvalId}/revisions, and let somebody else decide.`,
  );
}

/** The approval as it is once the revision stands. */
function withRevision(
  approval: ApprovalRecord,
  { diffId, number, hash, author, files, terms, risks }: Revision,
): ApprovalRecord {
  return {
    ...approval,
    ...{ diffId, revision: number, hash, author, files: [...files], terms, votes: [] },
    risks: risks as ApprovalRecord['risks'],
  };
}

function framesOf(
  { step, id: approvalId, requestId, diffId, hash }: ApprovalRecord,
  { decision, actor }: Vote,
  comment: string | null,
  ends: 'approved' | 'rejected' | null,
  missing: Needed,
): NewFrame[] {
  // A subject without a run has no stream.
  if (step === null || diffId === null) return [];
  if (ends === null) {
    return [frame('approval.voted', step, { approvalId, decision, actor, hash, comment, needed: missing })];
  }
  return [
    frame('approval.decided', step, { approvalId, decision, actor, hash, comment }),
    frame('request.resolved', step, { id: requestId, outcome: decision, actor }),
    ...(ends === 'rejected' ? [frame('diff.rejected', step, { diffId, hash, actor })] : []),
    frame('run.resumed', step, { reason: 'decision' }),
  ];
}
