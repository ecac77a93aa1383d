import { Injectable } from '@nestjs/common';
import type { ApprovalState, Risk, ServerRequest, SubjectType } from '@assent/contract';
import { Database, cte, sql, type Cte, type Sql } from '@assent/platform';
import { APPROVAL_SELECT, approvalRequest, type ApprovalRecord } from './approval.record';
import { quorumOf, type Terms } from './terms';

export interface ApprovalFilter {
  readonly state: ApprovalState | null;
  readonly runId: string | null;
  readonly tool: string | null;
  readonly requester: string | null;
  readonly subject: SubjectType | null;
}

/** A page of them. */
export interface ApprovalPage extends ApprovalFilter {
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
  async list(tenantId: string, page: ApprovalPage): Promise<ApprovalRecord[]> {
    return this.database.query<ApprovalRecord>(sql`${APPROVAL_SELECT} where approvals.tenant_id = ${tenantId}
      ${filtered(page)} ${page.after === null ? sql`` : sql`and approvals.id > ${page.after}`}
      order by approvals.id limit ${page.limit}`);
  }

  async count(tenantId: string, filter: ApprovalFilter): Promise<{ state: ApprovalState; count: number }[]> {
    return this.database.query(sql`select approvals.state, count(*)::integer as count from approvals
      where approvals.tenant_id = ${tenantId} ${filtered(filter)} group by approvals.state`);
  }

  /** The exact bytes of a subject other than a diff. */
  async content(tenantId: string, approvalId: string): Promise<Buffer | null> {
    const rows = await this.database.query<{ content: Buffer | null }>(
      sql`select content from approvals where id = ${approvalId} and tenant_id = ${tenantId}`,
    );
    return rows[0]?.content ?? null;
  }

  /** What the given runs still wait for. */
  async pendingRequests(runIds: readonly string[]): Promise<Map<string, ServerRequest[]>> {
    const rows = await this.database.query<ApprovalRecord>(
      sql`${APPROVAL_SELECT} where approvals.run_id = any(${runIds}::uuid[]) and approvals.state = 'pending'`,
    );
    const byRun = new Map<string, ServerRequest[]>();
    for (const row of rows) {
      const request = approvalRequest({ ...row, approvalId: row.id, expiresAt: row.expiresAt.toISOString() });
      const runId = row.runId ?? '';
      byRun.set(runId, [...(byRun.get(runId) ?? []), request]);
    }
    return byRun;
  }

  /** Pending approvals whose time is up, on the database's clock. */
  async due(limit: number): Promise<ApprovalRecord[]> {
    return this.database.query<ApprovalRecord>(
      sql`${APPROVAL_SELECT} where approvals.state = 'pending' and approvals.expires_at <= now() and coalesce(runs.state, 'waiting') = 'waiting'
        order by approvals.expires_at limit ${limit}`,
    );
  }

  /** Pending approvals of which something is on the agenda now, on the database's clock. */
  async onAgenda(limit: number): Promise<ApprovalRecord[]> {
    return this.database.query<ApprovalRecord>(
      sql`${APPROVAL_SELECT} where approvals.state = 'pending' and approvals.next_due_at is not null and approvals.next_due_at <= now()
        and approvals.expires_at > now() and coalesce(runs.state, 'waiting') = 'waiting' order by approvals.next_due_at limit ${limit}`,
    );
  }
}

function filtered({ state, runId, tool, requester, subject }: ApprovalFilter): Sql {
  return sql`${state === null ? sql`` : state === 'pending' ? PENDING : sql`and approvals.state = ${state}`}
    ${runId === null ? sql`` : sql`and approvals.run_id = ${runId}`}
    ${tool === null ? sql`` : sql`and approvals.tool = ${tool}`}
    ${requester === null ? sql`` : sql`and approvals.requester = ${requester}`}
    ${subject === null ? sql`` : sql`and approvals.subject_type = ${subject}`}`;
}

export interface NewApproval {
  readonly id: string;
  readonly step: number;
  readonly diffId: string;
  readonly revision: number;
  readonly requestId: string;
  readonly state: 'pending' | 'approved';
  readonly hash: string;
  readonly tool: string;
  readonly workspace: string;
  readonly rule: string;
  readonly risks: readonly Risk[];
  readonly terms: Terms;
  readonly expiresAt: string;
}

export function insertApproval(approval: NewApproval): Cte {
  const { terms } = approval;
  const firstSeconds = terms.agenda[0]?.afterSeconds ?? null;
  return cte(
    'asked',
    sql`insert into approvals (id, tenant_id, run_id, step, diff_id, request_id, state, hash, tool, workspace, requester, rule, revision,
        risks, terms, quorum, next_due_at, created_at, expires_at)
      select ${approval.id}, held."tenantId", held.id, ${approval.step}, ${approval.diffId}, ${approval.requestId}, ${approval.state}, ${approval.hash},
        ${approval.tool}, ${approval.workspace}, held.requester, ${approval.rule}, ${approval.revision}, ${approval.risks}::text[],
        ${JSON.stringify(terms)}::json, ${quorumOf(terms)}, held."updatedAt" + make_interval(secs => ${firstSeconds}), held."updatedAt",
        ${approval.expiresAt} from held`,
  );
}

/** Ends the approval of a run that is itself ending or cannot go on. */
export function endApprovals(state: 'cancelled' | 'voided', from: 'pending' | 'approved'): Cte {
  return cte(
    'ended',
    sql`update approvals set state = ${state} from held where approvals.run_id = held.id and approvals.state = ${from}`,
  );
}
