import { Injectable } from '@nestjs/common';
import { AssentError } from '@assent/contract';
import { Config, contentHashOf, newId, recordAudit, sql } from '@assent/platform';
import { ApprovalCommits } from '../approval.commit';
import { ApprovalPolicies } from '../approval-policies';
import { assentFor } from '../approval-policy';
import { ApprovalRepository } from '../approval.repository';
import { characterFlags } from '../hidden-characters';
import type { SubjectKind } from './approval.subject';
import { subjectNews } from './subject.news';
import { SubjectRegistry } from './subject.registry';
import { SubjectRepository } from './subject.repository';

const TRIES = 5;

/** Writes what SubjectApprovals has decided. */
@Injectable()
export class SubjectAsking {
  constructor(
    private readonly subjects: SubjectRepository,
    private readonly commits: ApprovalCommits,
    private readonly config: Config,
  ) {}

  insert(
    row: Omit<Parameters<SubjectRepository['insert']>[0], 'ttlSeconds'>,
    ttlSeconds: number | null,
  ): Promise<boolean> {
    const approval = { ...row, ttlSeconds: ttlSeconds ?? this.config.env.APPROVAL_TTL_SECONDS };
    return this.subjects.insert(approval, {
      ...{
        action: 'approval.request',
        actor: row.requester,
        subjectType: 'approval',
        subjectId: row.id,
        hash: row.hash,
      },
      detail: { kind: row.kind, subject: row.subjectId, rule: row.rule },
    });
  }

  async void(approval: Parameters<ApprovalCommits['commit']>[0], reason: string): Promise<boolean> {
    const changed = await this.commits.commit(approval, {
      set: sql`state = 'voided'`,
      time: 'any',
      writes: [
        recordAudit({
          ...{ action: 'approval.void', actor: approval.requester, subjectType: 'approval', subjectId: approval.id },
          ...{ hash: approval.hash, detail: { reason } },
        }),
      ],
      frames: [],
      news: subjectNews('approval.voided', approval, { reason }),
      resume: null,
    });
    return changed !== null;
  }
}

/** Something that is to be decided on, exactly as its bytes say. */
export interface SubjectRequest {
  readonly tenantId: string;
  readonly kind: SubjectKind;
  readonly subjectId: string;
  /** What it is, for people, in one line. */
  readonly title: string;
  readonly content: Buffer;
  /** Who wants it, and so cannot decide it; `system:<part>` for the server itself. */
  readonly requester: string;
}

/** Asks for assent to something that is no diff. One inbox serves all. */
@Injectable()
export class SubjectApprovals {
  constructor(
    private readonly subjects: SubjectRepository,
    private readonly approvals: ApprovalRepository,
    private readonly policies: ApprovalPolicies,
    private readonly registry: SubjectRegistry,
    private readonly asking: SubjectAsking,
  ) {}

  /**
   * Idempotent: the same bytes again are the same approval; other bytes take the place of those that wait.
   * @returns id of the approval and the hash that decisions name
   */
  async request(request: SubjectRequest): Promise<{ approvalId: string; hash: string }> {
    const { tenantId, kind, subjectId, content, title, requester } = request;
    const hash = contentHashOf(content);
    const summary = this.registry.text(kind, content);
    const hidden = characterFlags({ v: 2, summary }).flags.length > 0;
    const risks = hidden ? (['hidden'] as const) : [];
    const { terms, ttlSeconds } = assentFor(
      {
        ...{ subject: kind, tool: kind, workspace: '', effect: 'external', args: {}, paths: [], risks },
        ...{ lines: summary.split('\n').length, files: 0, personWanted: true },
      },
      await this.policies.of(tenantId),
    );
    const rule = terms.clauses[0]?.rule ?? 'default';
    for (let tries = 0; tries < TRIES; tries += 1) {
      const pending = await this.subjects.pending(tenantId, kind, subjectId);
      if (pending?.hash === hash) return { approvalId: pending.id, hash };
      if (pending) await this.withdraw(tenantId, kind, subjectId, 'another version of it was asked for');
      const id = newId();
      const row = { id, requestId: `req_${newId()}`, tenantId, kind, subjectId, title, content, hash, requester };
      if (await this.asking.insert({ ...row, rule, risks, terms }, ttlSeconds)) return { approvalId: id, hash };
    }
    throw new AssentError(
      'in_flight',
      `The ${kind} ${subjectId} is being asked for by somebody else right now: try again.`,
    );
  }

  /** Whether somebody has said no to exactly these bytes, so that nobody needs to be asked again. */
  isRejected({ tenantId, kind, subjectId, content }: SubjectRequest): Promise<boolean> {
    return this.subjects.isRejected(tenantId, kind, subjectId, contentHashOf(content));
  }

  /** Takes a pending approval back: nobody needs to decide it any more. @returns false: none was pending */
  async withdraw(tenantId: string, kind: SubjectKind, subjectId: string, reason: string): Promise<boolean> {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const pending = await this.subjects.pending(tenantId, kind, subjectId);
      const approval = pending && (await this.approvals.find(tenantId, pending.id));
      if (approval?.state !== 'pending') return false;
      if (await this.asking.void(approval, reason)) return true;
    }
    return false;
  }
}
