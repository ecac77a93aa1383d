import { Injectable } from '@nestjs/common';
import {
  APPROVAL_STATES,
  AssentError,
  type Approval,
  type ApprovalState,
  type Diff,
  type MethodResult,
  type Principal,
  type SubjectType,
  DEFAULT_PAGE,
  pageOf,
  readUuidCursor,
  type Page,
} from '@assent/contract';
import { toWireApproval } from './approval.record';
import { ApprovalRepository, type ApprovalFilter } from './approval.repository';
import { AuditRepository } from './audit.repository';
import { approvalNotFound } from './decision.check';
import { DiffRepository } from './diff.repository';
import { toWireDiff } from './diff.wire';
import { patchOf } from './stored-content';
import { SubjectViews } from './subjects/subject.views';

export interface ApprovalFilterQuery {
  readonly state?: ApprovalState | undefined;
  readonly runId?: string | undefined;
  readonly tool?: string | undefined;
  readonly requester?: string | undefined;
  readonly subject?: SubjectType | undefined;
}

export interface ApprovalQuery extends ApprovalFilterQuery {
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
}

const AUDIT_PAGE = 200;

/** Reads for reviewers, shared by REST and RPC. */
@Injectable()
export class ApprovalService {
  constructor(
    private readonly approvals: ApprovalRepository,
    private readonly diffs: DiffRepository,
    private readonly audit: AuditRepository,
    private readonly subjects: SubjectViews,
  ) {}

  /** @throws AssentError not_found */
  async get(principal: Principal, approvalId: string): Promise<Approval> {
    const record = await this.approvals.find(principal.tenantId, approvalId);
    if (!record) throw approvalNotFound(approvalId);
    return toWireApproval(record);
  }

  /** @throws AssentError invalid (cursor) */
  async list(principal: Principal, query: ApprovalQuery): Promise<Page<Approval>> {
    const limit = query.limit ?? DEFAULT_PAGE;
    const after = readUuidCursor(query.cursor);
    const records = await this.approvals.list(principal.tenantId, { ...filterOf(query), after, limit });
    return pageOf(records, limit, toWireApproval, ({ id }) => id);
  }

  async count(principal: Principal, query: ApprovalFilterQuery): Promise<MethodResult<'approval/count'>> {
    const counts = new Map(
      (await this.approvals.count(principal.tenantId, filterOf(query))).map(({ state, count }) => [state, count]),
    );
    const states = Object.fromEntries(APPROVAL_STATES.map((state) => [state, counts.get(state) ?? 0]));
    return {
      total: [...counts.values()].reduce((sum, count) => sum + count, 0),
      states: states as MethodResult<'approval/count'>['states'],
    };
  }

  /** @throws AssentError not_found */
  async diff(principal: Principal, diffId: string): Promise<Diff> {
    const record = await this.diffs.find(principal.tenantId, diffId);
    if (!record) throw new AssentError('not_found', `There is no diff ${diffId}. Its id is in the frame diff.created.`);
    return toWireDiff(record);
  }

  /**
   * The diff of an approval.
   * @throws AssentError not_found if the subject is not a diff
   */
  async diffOf(principal: Principal, { approvalId, diffId, subject }: Approval): Promise<Diff> {
    if (diffId !== null) return this.diff(principal, diffId);
    throw new AssentError(
      'not_found',
      `Approval ${approvalId} is about a ${subject.type}: its text is at GET /approvals/${approvalId}/diff with Accept: text/x-diff.`,
    );
  }

  /**
   * The subject of an approval from its exact bytes: the whole patch, or the text of another subject.
   * @throws AssentError not_found
   */
  async text(principal: Principal, { approvalId, diffId, subject }: Approval): Promise<string> {
    if (diffId !== null) {
      const record = await this.diffs.find(principal.tenantId, diffId);
      if (record) return patchOf(record.content);
    }
    const content = await this.approvals.content(principal.tenantId, approvalId);
    if (!content) {
      throw new AssentError(
        'not_found',
        `The text of approval ${approvalId} cannot be shown: it was erased with memory/forget. Who decided, and on which hash, is at GET /approvals/${approvalId}/audit.`,
      );
    }
    return this.subjects.text(subject.type, content);
  }

  /**
   * The audit rows of an approval and its revisions, oldest first.
   * @throws AssentError not_found, invalid
   */
  async trail(principal: Principal, approvalId: string, cursor?: string): Promise<MethodResult<'approval/audit/list'>> {
    await this.get(principal, approvalId);
    return this.audit.ofApproval(principal.tenantId, approvalId, readUuidCursor(cursor), AUDIT_PAGE);
  }
}

function filterOf({ state, runId, tool, requester, subject }: ApprovalFilterQuery): ApprovalFilter {
  return {
    state: state ?? null,
    runId: runId ?? null,
    tool: tool ?? null,
    requester: requester ?? null,
    subject: subject ?? null,
  };
}
