import { APPROVALS } from './approvals.tables';
import { Injectable } from '@nestjs/common';
import type { ApprovalState, Rationale, Risk, ServerRequest, SubjectType } from '@assent/contract';
import { Config, Database, containing, cte, sql, RUN, type Sql, type RunPart } from '@assent/platform';
import { ClientRedactor } from '@assent/runs';
import { APPROVAL_SELECT, approvalRequest, type ApprovalRecord } from './approval.record';
import { IS_SERVING } from './permissions/permission.repository';
import { reviewUrl } from './review.link';
import { quorumOf, type Requirements } from './requirements';

export interface ApprovalFilter {
  readonly state: ApprovalState | null;
  readonly runId: string | null;
  readonly tool: string | null;
  readonly requester: string | null;
  readonly subject: SubjectType | null;
  readonly workspace: string | null;
  readonly risk: Risk | null;
}

export type ApprovalOrder = 'created' | 'expires';

/** A page of approvals. */
export interface ApprovalPage extends ApprovalFilter {
  readonly q: string | null;
  readonly order: ApprovalOrder;
  /** The last approval of the previous page, with its expiry if pages are in order of expiry. */
  readonly after: { readonly id: string; readonly expiresAt: Date | null } | null;
  readonly limit: number;
}

/** Literals, so that the partial indexes of pending and of refused approvals apply. */
const PENDING = sql`and approvals.state = 'pending'`;
const REFUSED = sql`and approvals.state in ('rejected', 'expired', 'cancelled', 'voided')`;

/** An applied change stays approved, regardless of how its run ends. */
const NOT_APPLIED = sql`not exists (select from diffs where diffs.id = approvals.diff_id and diffs.state = 'applied')`;

export type AwaitedApproval = Pick<ApprovalRecord, 'id' | 'tenantId' | 'runId' | 'state' | 'hash'> & {
  /** Number of questions that reviewers have asked the agent; 0 for subjects other than an agent permission. */
  readonly questions: number;
  /** An allowing answer to a coding agent is being written. */
  readonly isServing: boolean;
};

type RevisionComment = Readonly<Record<'by' | 'comment', string>>;

/** Approvals, one statement per method, each restricted to the caller's tenant. */
@Injectable()
export class ApprovalRepository {
  constructor(
    private readonly database: Database,
    private readonly shown: ClientRedactor,
    private readonly config: Config,
  ) {}

  async find(tenantId: string, approvalId: string): Promise<ApprovalRecord | undefined> {
    const rows = await this.read(
      sql`${APPROVAL_SELECT} where approvals.id = ${approvalId} and approvals.tenant_id = ${tenantId}`,
    );
    return rows[0];
  }

  async findByRequest(tenantId: string, requestId: string): Promise<ApprovalRecord | undefined> {
    const rows = await this.read(
      sql`${APPROVAL_SELECT} where approvals.request_id = ${requestId} and approvals.tenant_id = ${tenantId}`,
    );
    return rows[0];
  }

  /** The newest approval of a step. */
  async findOfStep(runId: string, step: number): Promise<ApprovalRecord | undefined> {
    const rows = await this.read(
      sql`${APPROVAL_SELECT} where approvals.run_id = ${runId} and approvals.step = ${step} order by approvals.id desc limit 1`,
    );
    return rows[0];
  }

  /** Approvals of any tenant, with the columns that a wait needs. */
  async awaited(approvalIds: readonly string[]): Promise<AwaitedApproval[]> {
    return this.database.query<AwaitedApproval>(
      sql`select a.id, a.tenant_id as "tenantId", a.run_id as "runId", a.state, a.hash, coalesce(p.questions, 0) as questions, ${IS_SERVING} as "isServing"
        from approvals a left join agent_permissions p on p.approval_id = a.id where a.id = any(${approvalIds}::uuid[])`,
    );
  }

  /** Comments of authors on their revisions, oldest first. */
  async revisionComments({ id, tenantId }: Pick<ApprovalRecord, 'id' | 'tenantId'>): Promise<RevisionComment[]> {
    return this.database.query<RevisionComment>(sql`
      select actor as by, detail->>'comment' as comment from audit_log
      where tenant_id = ${tenantId} and subject_id = ${id} and action = 'approval.revise' and detail->>'comment' is not null
      order by id`);
  }

  /** Whether an earlier revision of the subject had this hash. */
  async hadHash({ runId, step, revision }: ApprovalRecord, hash: string): Promise<boolean> {
    const rows = await this.database.query(
      sql`select from diffs where run_id = ${runId} and step = ${step} and revision < ${revision} and hash = ${hash} limit 1`,
    );
    return rows.length > 0;
  }

  /** Ids of a run's approved approvals whose diffs were not applied. */
  async unapplied(runId: string): Promise<string[]> {
    const rows = await this.database.query<{ id: string }>(
      sql`select id from approvals where run_id = ${runId} and state = 'approved' and ${NOT_APPLIED} order by id`,
    );
    return rows.map(({ id }) => id);
  }

  /**
   * In order of creation or of expiry. `q` is compared with the stored texts; the caller compares it with the redacted
   * ones.
   */
  async list(tenantId: string, page: ApprovalPage): Promise<ApprovalRecord[]> {
    const { after, q, order, limit } = page;
    const place = order === 'created' ? sql`approvals.id` : sql`(approvals.expires_at, approvals.id)`;
    const from =
      after &&
      (order === 'created' ? sql`${after.id}::uuid` : sql`(${after.expiresAt}::timestamptz, ${after.id}::uuid)`);
    return this.read(sql`${APPROVAL_SELECT} where approvals.tenant_id = ${tenantId}
      ${filtered(page)} ${q === null ? sql`` : textFilter(q)} ${from === null ? sql`` : sql`and ${place} > ${from}`}
      order by ${order === 'created' ? sql`approvals.id` : sql`approvals.expires_at, approvals.id`} limit ${limit}`);
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

  /** Pending approvals of the given runs. */
  async pendingRequests(runIds: readonly string[]): Promise<Map<string, ServerRequest[]>> {
    const rows = await this.read(
      sql`${APPROVAL_SELECT} where approvals.run_id = any(${runIds}::uuid[]) and approvals.state = 'pending'`,
    );
    const byRun = new Map<string, ServerRequest[]>();
    for (const row of rows) {
      const { id: approvalId, hash } = row;
      const { params, ...request } = approvalRequest({ ...row, approvalId, expiresAt: row.expiresAt.toISOString() });
      const link = reviewUrl(this.config.env.PUBLIC_URL, approvalId, hash);
      const runId = row.runId ?? '';
      byRun.set(runId, [
        ...(byRun.get(runId) ?? []),
        { ...request, params: { ...params, ...(link !== null && { reviewUrl: link }) } },
      ]);
    }
    return byRun;
  }

  /** Pending approvals that have expired, on the database's clock. */
  async due(limit: number, except: readonly string[]): Promise<ApprovalRecord[]> {
    return this.read(
      sql`${APPROVAL_SELECT} where approvals.state = 'pending' and approvals.expires_at <= now() and coalesce(runs.state, 'waiting') = 'waiting'
        and approvals.id not in (select unnest(${except}::uuid[])) order by approvals.expires_at limit ${limit}`,
    );
  }

  /**
   * Pending approvals of calls through the MCP gateway, in any tenant, ordered by id, after `after`.
   * @param tools null: of all tools
   */
  async pendingOfGateway(tools: readonly string[], after: string, limit: number): Promise<ApprovalRecord[]> {
    return this.read(sql`${APPROVAL_SELECT} where approvals.state = 'pending' and runs.origin = 'gateway'
      and approvals.tool = any(${tools}::text[])
      and approvals.id > ${after}::uuid order by approvals.id limit ${limit}`);
  }

  /** Pending approvals with a due reminder or escalation, on the database's clock. */
  async dueForSchedule(limit: number, except: readonly string[]): Promise<ApprovalRecord[]> {
    return this.read(
      sql`${APPROVAL_SELECT} where approvals.state = 'pending' and approvals.next_due_at is not null and approvals.next_due_at <= now()
        and approvals.expires_at > now() and coalesce(runs.state, 'waiting') = 'waiting'
        and approvals.id not in (select unnest(${except}::uuid[])) order by approvals.next_due_at limit ${limit}`,
    );
  }

  /** Goal and rationale hold the requester's own text and are only displayed. */
  private async read(statement: Sql): Promise<ApprovalRecord[]> {
    const rows = await this.database.query<ApprovalRecord>(statement);
    return rows.map((row) => ({ ...row, ...this.shown.object({ goal: row.goal, rationale: row.rationale }) }));
  }
}

/** Excludes approvals that cannot match. A text that redaction changes may still pass. */
function textFilter(q: string): Sql {
  return sql`and concat_ws(' ', runs.goal, approvals.title, approvals.tool, approvals.workspace, approvals.requester, diffs.files::text) ilike ${containing(q)}`;
}

function filtered({ state, runId, tool, requester, subject, workspace, risk }: ApprovalFilter): Sql {
  return sql`${state === null ? sql`` : ofState(state)}
    ${runId === null ? sql`` : sql`and approvals.run_id = ${runId}`}
    ${tool === null ? sql`` : sql`and approvals.tool = ${tool}`}
    ${requester === null ? sql`` : sql`and approvals.requester = ${requester}`}
    ${subject === null ? sql`` : sql`and approvals.subject_type = ${subject}`}
    ${workspace === null ? sql`` : sql`and approvals.workspace = ${workspace}`}
    ${risk === null ? sql`` : sql`and ${risk} = any(approvals.risks)`}`;
}

function ofState(state: ApprovalState): Sql {
  if (state === 'pending') return PENDING;
  return sql`${state === 'approved' ? sql`` : REFUSED} and approvals.state = ${state}`;
}

/** The content that the newest approval of a step is about. */
export type StepApproval = Pick<ApprovalRecord, 'id' | 'state' | 'diffId' | 'hash' | 'decidedHash'>;

/** Query for a `StepApproval`. */
export function approvalOfStep(runId: string, step: number): Sql {
  return sql`select approvals.id, approvals.state, approvals.diff_id as "diffId", approvals.hash, decisions.hash as "decidedHash"
    from approvals left join decisions on decisions.approval_id = approvals.id
    where approvals.run_id = ${runId} and approvals.step = ${step} order by approvals.id desc limit 1`;
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
  readonly rationale: Rationale | null;
  readonly terms: Requirements;
  readonly expiresAt: string;
}

export function insertApproval(approval: NewApproval): RunPart {
  const { terms: requirements, expiresAt, ...given } = approval;
  const firstSeconds = requirements.agenda[0]?.afterSeconds ?? null;
  return cte(
    'insert_approvals',
    APPROVALS.insert(
      {
        ...given,
        tenantId: RUN.column('tenantId'),
        runId: RUN.column('id'),
        requester: RUN.column('requester'),
        terms: requirements,
        quorum: quorumOf(requirements),
        nextDueAt: sql`${RUN.column('updatedAt')} + make_interval(secs => ${firstSeconds})`,
        createdAt: RUN.column('updatedAt'),
        expiresAt: sql`${expiresAt}`,
      },
      sql`from ${RUN}`,
    ),
  );
}

/** Cancels the approval that a run waits for; its frame is `request.resolved`. */
export function cancelApprovals(): RunPart {
  return endApprovals('cancelled', 'pending');
}

/**
 * Voids the approvals of a run that cannot continue; VoidService adds the frames. Approvals of earlier steps that were
 * applied stay.
 */
export function voidApprovals(): RunPart {
  return endApprovals('voided', 'approved');
}

function endApprovals(state: 'cancelled' | 'voided', from: 'pending' | 'approved'): RunPart {
  return cte(
    `update_approvals_${state}`,
    sql`update approvals set state = ${state} from ${RUN} where approvals.run_id = ${RUN.column('id')} and approvals.state = ${from} and ${NOT_APPLIED}`,
  );
}
