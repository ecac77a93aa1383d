import { Injectable } from '@nestjs/common';
import type { ApprovalState, ServerRequest } from '@assent/contract';
import { Database, cte, sql, type Cte } from '@assent/platform';
import { APPROVAL_SELECT, approvalRequest, type ApprovalRecord } from './approval.record';

export interface ApprovalFilter {
  readonly state: ApprovalState | null;
  readonly runId: string | null;
  readonly tool: string | null;
  /** Id of the last approval of the page before. */
  readonly after: string | null;
  readonly limit: number;
}

/** Spelled out, so that the index over the inbox can serve it. */
const PENDING = sql`and approvals.state = 'pending'`;

/** Approvals, one statement a method, each bound to the caller's tenant. */
@Injectable()
export class ApprovalRepository {
  constructor(private readonly database: Database) {}

  async find(tenantId: string, approvalId: string): Promise<ApprovalRecord | undefined> {
    const rows = await this.database.query<ApprovalRecord>(
      sql`${APPROVAL_SELECT} where approvals.id = ${approvalId} and approvals.tenant_id = ${tenantId}`,
    );
    return rows[0];
  }

  async findByRequest(tenantId: string, requestId: string): Promise<ApprovalRecord | undefined> {
    const rows = await this.database.query<ApprovalRecord>(
      sql`${APPROVAL_SELECT} where approvals.request_id = ${requestId} and approvals.tenant_id = ${tenantId}`,
    );
    return rows[0];
  }

  /** The newest approval of a step. */
  async findOfStep(runId: string, step: number): Promise<ApprovalRecord | undefined> {
    const rows = await this.database.query<ApprovalRecord>(
      sql`${APPROVAL_SELECT} where approvals.run_id = ${runId} and approvals.step = ${step} order by approvals.id desc limit 1`,
    );
    return rows[0];
  }

  /** Oldest first. */
  async list(tenantId: string, filter: ApprovalFilter): Promise<ApprovalRecord[]> {
    return this.database.query<ApprovalRecord>(sql`${APPROVAL_SELECT} where approvals.tenant_id = ${tenantId}
      ${filter.state === null ? sql`` : filter.state === 'pending' ? PENDING : sql`and approvals.state = ${filter.state}`}
      ${filter.runId === null ? sql`` : sql`and approvals.run_id = ${filter.runId}`}
      ${filter.tool === null ? sql`` : sql`and approvals.tool = ${filter.tool}`}
      ${filter.after === null ? sql`` : sql`and approvals.id > ${filter.after}`}
      order by approvals.id limit ${filter.limit}`);
  }

  /** What the given runs still wait for. */
  async pendingRequests(runIds: readonly string[]): Promise<Map<string, ServerRequest[]>> {
    const rows = await this.database.query<ApprovalRecord>(
      sql`${APPROVAL_SELECT} where approvals.run_id = any(${runIds}::uuid[]) and approvals.state = 'pending'`,
    );
    const byRun = new Map<string, ServerRequest[]>();
    for (const row of rows) {
      const request = approvalRequest({ ...row, approvalId: row.id, expiresAt: row.expiresAt.toISOString() });
      byRun.set(row.runId, [...(byRun.get(row.runId) ?? []), request]);
    }
    return byRun;
  }

  /** Pending approvals whose time is up, on the database's clock. */
  async due(limit: number): Promise<ApprovalRecord[]> {
    return this.database.query<ApprovalRecord>(
      sql`${APPROVAL_SELECT} where approvals.state = 'pending' and approvals.expires_at <= now() and runs.state = 'waiting' order by approvals.expires_at limit ${limit}`,
    );
  }
}

export interface NewApproval {
  readonly id: string;
  readonly step: number;
  readonly diffId: string;
  readonly requestId: string;
  readonly state: 'pending' | 'approved';
  readonly hash: string;
  readonly tool: string;
  readonly workspace: string;
  readonly rule: string;
  readonly expiresAt: string;
}

export function insertApproval(approval: NewApproval): Cte {
  return cte(
    'asked',
    sql`insert into approvals (id, tenant_id, run_id, step, diff_id, request_id, state, hash, tool, workspace, requester, rule, created_at, expires_at)
      select ${approval.id}, held."tenantId", held.id, ${approval.step}, ${approval.diffId}, ${approval.requestId}, ${approval.state}, ${approval.hash},
        ${approval.tool}, ${approval.workspace}, held.requester, ${approval.rule}, held."updatedAt", ${approval.expiresAt} from held`,
  );
}

/** Ends the approval of a run that is itself ending or cannot go on. */
export function endApprovals(state: 'cancelled' | 'voided', from: 'pending' | 'approved'): Cte {
  return cte(
    'ended',
    sql`update approvals set state = ${state} from held where approvals.run_id = held.id and approvals.state = ${from}`,
  );
}
