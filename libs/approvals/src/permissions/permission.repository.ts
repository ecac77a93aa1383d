import { Injectable } from '@nestjs/common';
import type { ApprovalState, JsonObject } from '@assent/contract';
import { auditChange, type AuditEntry } from '@assent/audit';
import { Database, RUN, cte, sql, withCtes, type Cte, type RunPart, type Sql } from '@assent/platform';
import { AGENT_PERMISSIONS } from '../approvals.tables';

/** How long a decision also answers repetitions of its question. */
const DECIDED_SECONDS = 600;
/** Time limit for writing an allowing answer. Afterwards another request may give it. */
const SERVING_SECONDS = 10;
/** An allowing answer is being made or written. `p` is the row of `agent_permissions`. */
export const IS_SERVING: Sql = sql`(p.served_at >= now() - make_interval(secs => ${SERVING_SECONDS})) is true`;

export interface PermissionQuestionKey {
  readonly tenantId: string;
  /** `subject_id` of the approval: one tool call of the agent. */
  readonly subjectId: string;
  /** The same question, of any tool call. */
  readonly inputMac: string;
}

/** The approval that answers a question. */
export interface AskedPermission {
  readonly approvalId: string;
  readonly state: ApprovalState;
  /** An allowing answer is being written and may use up the approval. */
  readonly isServing: boolean;
  readonly questions: number;
  readonly questionsSeen: number;
}

export interface ReviewerQuestion {
  readonly text: string;
  readonly actor: string;
  readonly at: string;
}

/** Questions of coding agents, one statement per method. */
@Injectable()
export class PermissionRepository {
  constructor(private readonly database: Database) {}

  /**
   * The approval that answers this question: a pending one, a decision of the last minutes that has not been used up,
   * or a pending one of the same input about which a reviewer has asked a question.
   */
  async find({ tenantId, subjectId, inputMac }: PermissionQuestionKey): Promise<AskedPermission | undefined> {
    const rows = await this.database.query<AskedPermission>(sql`
      select a.id as "approvalId", a.state, ${IS_SERVING} as "isServing", p.questions, p.questions_seen as "questionsSeen"
      from agent_permissions p join approvals a on a.id = p.approval_id left join decisions d on d.approval_id = a.id
      where p.tenant_id = ${tenantId} and p.input_mac = ${inputMac} and (
        (a.state = 'pending' and (a.subject_id = ${subjectId} or p.questions > 0))
        or (a.subject_id = ${subjectId} and d.created_at > now() - make_interval(secs => ${DECIDED_SECONDS})
          and (a.state = 'rejected' or (a.state = 'approved' and (not p.is_served or ${IS_SERVING})))))
      order by a.state = 'pending' and a.subject_id = ${subjectId} desc, a.state <> 'pending' desc, a.id desc limit 1`);
    return rows[0];
  }

  /** Begins an allowing answer. @returns when; null: another answer is being written or was written */
  async claim(tenantId: string, approvalId: string): Promise<Date | null> {
    const rows = await this.database.query<{ claimedAt: Date }>(sql`
      update agent_permissions p set served_at = now() where approval_id = ${approvalId} and tenant_id = ${tenantId} and not is_served
        and not ${IS_SERVING} returning served_at as "claimedAt"`);
    return rows[0]?.claimedAt ?? null;
  }

  /**
   * Uses the approval up before the answer is written, so that it is not given again if the server crashes meanwhile.
   * @param claimedAt when the answer was begun
   * @returns false: it took too long, and another answer was begun since
   */
  async use(tenantId: string, approvalId: string, claimedAt: Date): Promise<boolean> {
    const rows = await this.database.query(sql`
      update agent_permissions set is_served = true where approval_id = ${approvalId} and tenant_id = ${tenantId}
        and served_at = ${claimedAt} returning 1`);
    return rows.length > 0;
  }

  /**
   * Ends an allowing answer.
   * @param claimedAt when it was begun; another answer that was begun since continues
   * @param isWhole false: it was interrupted, so the next request gets it
   */
  async served(tenantId: string, approvalId: string, claimedAt: Date, isWhole: boolean): Promise<void> {
    await this.database.query(sql`
      update agent_permissions set is_served = ${isWhole}, served_at = null
      where approval_id = ${approvalId} and tenant_id = ${tenantId} and served_at = ${claimedAt}`);
  }

  async recordAudit(tenantId: string, entry: AuditEntry): Promise<void> {
    const always = cte('always', sql`select 1`);
    await this.database.query(withCtes([always, auditChange(tenantId, entry, always)], sql`select 1 as done`));
  }

  /** Marks a reviewer's last question as given to the agent, and returns it. */
  async seen(tenantId: string, approvalId: string): Promise<ReviewerQuestion | null> {
    const rows = await this.database.query<{ question: ReviewerQuestion | null }>(sql`
      update agent_permissions set questions_seen = questions where approval_id = ${approvalId} and tenant_id = ${tenantId}
      returning question`);
    return rows[0]?.question ?? null;
  }
}

/** The row beside a new approval. @param asked the part that inserts the approval and returns its id */
export function insertPermission(
  { tenantId, inputMac }: Pick<PermissionQuestionKey, 'tenantId' | 'inputMac'>,
  asked: Cte,
): Cte {
  const row = { approvalId: sql`${asked}.id`, tenantId: sql`${tenantId}::text`, inputMac: sql`${inputMac}::text` };
  return cte('insert_agent_permissions', AGENT_PERMISSIONS.insert(row, sql`from ${asked}`));
}

/** A reviewer's question to the agent. */
export function updateQuestion(approvalId: string, question: Omit<ReviewerQuestion, 'at'>): RunPart {
  const json: JsonObject = { ...question };
  return cte(
    'update_agent_permissions',
    sql`update agent_permissions set questions = questions + 1,
      question = (${JSON.stringify(json)}::jsonb || jsonb_build_object('at', to_char(${RUN.column('updatedAt')} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')))::json
      from ${RUN} where approval_id = ${approvalId}`,
  );
}
