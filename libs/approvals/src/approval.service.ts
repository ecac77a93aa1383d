import { Injectable } from '@nestjs/common';
import { AssentError, type Approval, type ApprovalState, type Diff, type Principal } from '@assent/contract';
import { toWireApproval } from './approval.record';
import { ApprovalRepository } from './approval.repository';
import { approvalNotFound } from './decision.service';
import { patchOf } from './diff.patch';
import { DiffRepository, type DiffRecord } from './diff.repository';

export interface ApprovalQuery {
  readonly state?: ApprovalState | undefined;
  readonly runId?: string | undefined;
  readonly tool?: string | undefined;
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
}

const DEFAULT_PAGE = 20;
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;

/** Reads for reviewers: the same for REST and RPC. */
@Injectable()
export class ApprovalService {
  constructor(
    private readonly approvals: ApprovalRepository,
    private readonly diffs: DiffRepository,
  ) {}

  /** @throws AssentError not_found */
  async get(principal: Principal, approvalId: string): Promise<Approval> {
    const record = await this.approvals.find(principal.tenantId, approvalId);
    if (!record) throw approvalNotFound(approvalId);
    return toWireApproval(record);
  }

  /** @throws AssentError invalid (cursor) */
  async list(principal: Principal, query: ApprovalQuery): Promise<{ items: Approval[]; cursor: string | null }> {
    const limit = query.limit ?? DEFAULT_PAGE;
    if (query.cursor !== undefined && !UUID.test(query.cursor)) {
      throw new AssentError('invalid', 'This cursor is not one of ours: pass the cursor of the page before.', {
        pointer: '/cursor',
      });
    }
    const records = await this.approvals.list(principal.tenantId, {
      state: query.state ?? null,
      runId: query.runId ?? null,
      tool: query.tool ?? null,
      after: query.cursor ?? null,
      limit,
    });
    return {
      items: records.map(toWireApproval),
      cursor: records.length === limit ? (records.at(-1)?.id ?? null) : null,
    };
  }

  /** @throws AssentError not_found */
  async diff(principal: Principal, diffId: string): Promise<Diff> {
    const record = await this.diffs.find(principal.tenantId, diffId);
    if (!record) throw new AssentError('not_found', `There is no diff ${diffId}: its id is in the frame diff.created.`);
    return toWireDiff(record);
  }
}

function toWireDiff(record: DiffRecord): Diff {
  return {
    diffId: record.id,
    runId: record.runId,
    step: record.step,
    revision: record.revision,
    state: record.state,
    tool: record.tool,
    workspace: record.workspace,
    hash: record.hash,
    files: record.files,
    patch: patchOf(record.content),
    lineage: record.lineage,
    createdAt: record.createdAt.toISOString(),
    appliedAt: record.appliedAt?.toISOString() ?? null,
  };
}
