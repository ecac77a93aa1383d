import { Injectable } from '@nestjs/common';
import { AssentError, type JsonObject, type Risk } from '@assent/contract';
import { Config, contentHashOf, foldPath, newId, sql } from '@assent/platform';
import { recordAudit } from '@assent/audit';
import { ApprovalCommits } from '../approval.commit';
import { ApprovalPolicies } from '../approval-policies';
import { evaluatePolicies } from '../approval-policy';
import { ApprovalRepository } from '../approval.repository';
import { characterFlags } from '../hidden-characters';
import { requestedData } from '../requested.data';
import { reviewUrl } from '../review.link';
import type { SubjectKind } from './approval.subject';
import { subjectEvent } from './subject.event';
import { SubjectViews } from './subject.views';
import { SubjectRepository, type NewSubjectApproval } from './subject.repository';

const MAX_ATTEMPTS = 5;

/** Why the approval is void. */
export interface Withdrawal {
  readonly reason: string;
  /** Absent: the requester. */
  readonly actor?: string | undefined;
}

/** Stores and withdraws approvals for SubjectApprovals. */
@Injectable()
export class SubjectApprovalStore {
  constructor(
    private readonly subjects: SubjectRepository,
    private readonly commits: ApprovalCommits,
    private readonly config: Config,
  ) {}

  insert(
    row: Omit<Parameters<SubjectRepository['insert']>[0], 'ttlSeconds'>,
    ttlSeconds: number | null,
  ): Promise<boolean> {
    const { APPROVAL_TTL_SECONDS, PUBLIC_URL } = this.config.env;
    const webhook = { ...row.webhook, reviewUrl: reviewUrl(PUBLIC_URL, row.id, row.hash) };
    const approval = { ...row, webhook, ttlSeconds: ttlSeconds ?? APPROVAL_TTL_SECONDS };
    return this.subjects.insert(approval, {
      action: 'approval.request',
      actor: row.requester,
      subjectType: 'approval',
      subjectId: row.id,
      hash: row.hash,
      detail: { kind: row.kind, subject: row.subjectId, rule: row.rule },
    });
  }

  async void(
    approval: Parameters<ApprovalCommits['commit']>[0],
    { reason, actor = approval.requester }: Withdrawal,
  ): Promise<boolean> {
    const changed = await this.commits.commit(approval, {
      set: sql`state = 'voided'`,
      time: 'any',
      writes: [
        recordAudit({
          action: 'approval.void',
          actor,
          subjectType: 'approval',
          subjectId: approval.id,
          hash: approval.hash,
          detail: { reason },
        }),
      ],
      frames: [],
      event: subjectEvent('approval.voided', approval, { reason }),
      resume: null,
    });
    return changed !== null;
  }
}

/** A subject that needs a decision, bound to its exact bytes. */
export interface SubjectRequest {
  readonly tenantId: string;
  readonly kind: SubjectKind;
  readonly subjectId: string;
  /** One line for people that describes the subject. */
  readonly title: string;
  readonly content: Buffer;
  /** The requester, who cannot decide it; `system:<part>` for the server itself. */
  readonly requester: string;
  /** The people who issued the requester's credential. Absent: nobody. */
  readonly issuers?: readonly string[] | undefined;
  /** The tool name that policies match. Absent: its kind. */
  readonly tool?: string;
  /** Arguments that policies evaluate. */
  readonly args?: JsonObject;
  readonly paths?: readonly string[];
  /** It may touch further paths. */
  readonly arePathsUnreadable?: boolean;
  /** Risks beside those that its text shows. */
  readonly risks?: readonly Risk[];
  /** The rule that requires the approval. Absent: the rule of the approval policy. */
  readonly rule?: string;
  /** Further rows of the statement that stores the approval. */
  readonly more?: NewSubjectApproval['more'];
}

/** A request with the requirements of the approval policies. */
type EvaluatedRequest = Pick<NewSubjectApproval, 'hash' | 'rule' | 'risks' | 'terms' | 'webhook' | 'tool'> & {
  readonly ttlSeconds: number | null;
};

/** Requests approvals of subjects other than diffs. They share one inbox. */
@Injectable()
export class SubjectApprovals {
  constructor(
    private readonly subjects: SubjectRepository,
    private readonly approvals: ApprovalRepository,
    private readonly policies: ApprovalPolicies,
    private readonly views: SubjectViews,
    private readonly store: SubjectApprovalStore,
  ) {}

  /**
   * Idempotent: the same bytes are the same approval; other bytes replace a pending one.
   * @returns id of the approval and the hash that decisions name
   */
  async request(request: SubjectRequest): Promise<{ approvalId: string; hash: string }> {
    const { tenantId, kind, subjectId, content } = request;
    const hash = contentHashOf(content);
    const evaluated = await this.evaluate(request);
    for (let attempts = 0; attempts < MAX_ATTEMPTS; attempts += 1) {
      const pending = await this.subjects.pending(tenantId, kind, subjectId);
      if (pending?.hash === hash) return { approvalId: pending.id, hash };
      if (pending) await this.withdraw(tenantId, kind, subjectId, { reason: 'another version was requested' });
      const approvalId = await this.insert(request, evaluated);
      if (approvalId !== null) return { approvalId, hash };
    }
    throw new AssentError('in_flight', `The ${kind} ${subjectId} is being requested by another call. Try again.`);
  }

  /** Requests one approval. @returns its id; null: one is pending for the subject */
  async create(request: SubjectRequest): Promise<string | null> {
    return this.insert(request, await this.evaluate(request));
  }

  /** The requirements of the approval policies for a subject, and its risks. */
  async evaluate(request: SubjectRequest): Promise<EvaluatedRequest> {
    const {
      tenantId,
      kind,
      content,
      title,
      requester,
      tool = kind,
      args = {},
      paths = [],
      arePathsUnreadable = false,
      risks: known = [],
    } = request;
    const summary = this.views.text(kind, content);
    const hidden = characterFlags({ v: 2, summary }).flags.length > 0;
    const risks: Risk[] = [...known, ...(hidden ? (['hidden'] as const) : [])];
    const { requirements, ttlSeconds } = evaluatePolicies(
      {
        subject: kind,
        tool,
        workspace: '',
        effect: 'external',
        args,
        paths: paths.map((path) => ({ exact: path, folded: foldPath(path) })),
        arePathsUnreadable,
        risks,
        lines: summary.split('\n').length,
        files: paths.length,
        personRequired: true,
      },
      await this.policies.of(tenantId),
    );
    const webhook = requestedData(
      {
        title,
        text: summary,
        goal: title,
        files: [],
        tool,
        workspace: '',
        requester,
        risks,
        terms: requirements,
        rationale: null,
        reviewUrl: null,
      },
      (text) => this.views.redacted(kind, text),
    );
    const rule = request.rule ?? requirements.clauses[0]?.rule ?? 'default';
    return { tool, hash: contentHashOf(content), rule, risks, terms: requirements, ttlSeconds, webhook };
  }

  private async insert(request: SubjectRequest, evaluated: EvaluatedRequest): Promise<string | null> {
    const { tenantId, kind, subjectId, content, title, requester, issuers = [], more } = request;
    const id = newId();
    const row = {
      id,
      requestId: `req_${newId()}`,
      tenantId,
      kind,
      subjectId,
      title,
      content,
      requester,
      issuers,
      more,
    };
    const { ttlSeconds, ...rest } = evaluated;
    return (await this.store.insert({ ...row, ...rest }, ttlSeconds)) ? id : null;
  }

  /** Whether exactly these bytes wait for a decision. */
  async isPending({ tenantId, kind, subjectId, content }: SubjectRequest): Promise<boolean> {
    return (await this.subjects.pending(tenantId, kind, subjectId))?.hash === contentHashOf(content);
  }

  /** Whether exactly these bytes were rejected before, so that they need no new approval. */
  isRejected({ tenantId, kind, subjectId, content }: SubjectRequest): Promise<boolean> {
    return this.subjects.isRejected(tenantId, kind, subjectId, contentHashOf(content));
  }

  /**
   * Withdraws a pending approval.
   * @returns false if there was none
   */
  async withdraw(tenantId: string, kind: SubjectKind, subjectId: string, why: Withdrawal): Promise<boolean> {
    for (let attempts = 0; attempts < MAX_ATTEMPTS; attempts += 1) {
      const pending = await this.subjects.pending(tenantId, kind, subjectId);
      const approval = pending && (await this.approvals.find(tenantId, pending.id));
      if (approval?.state !== 'pending') return false;
      if (await this.store.void(approval, why)) return true;
    }
    return false;
  }
}
