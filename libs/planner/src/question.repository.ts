import { QUESTIONS } from './planner.tables';
import { Injectable } from '@nestjs/common';
import type { InputAnswer, InputRequest, QuestionState, ServerRequest } from '@assent/contract';
import { Database, cte, sql, RUN, type Cte, type LockedRun, type RunPart } from '@assent/platform';

/** A stored question. */
export interface QuestionRecord {
  readonly requestId: string;
  readonly tenantId: string;
  readonly runId: string;
  readonly step: number;
  readonly actionId: string;
  readonly state: QuestionState;
  readonly request: InputRequest;
  readonly answer: InputAnswer | null;
  readonly actor: string | null;
  readonly expiresAt: Date;
  readonly resolvedAt: Date | null;
  /** Whether the question had expired on the database's clock when it was read. */
  readonly overdue: boolean;
}

const COLUMNS = sql`select request_id as "requestId", tenant_id as "tenantId", run_id as "runId", step, action_id as "actionId",
  state, request, answer, actor, expires_at as "expiresAt", resolved_at as "resolvedAt",
  state = 'pending' and expires_at <= now() as overdue from questions`;

/** Questions to people, one statement per method. */
@Injectable()
export class QuestionRepository {
  constructor(private readonly database: Database) {}

  async find(tenantId: string, requestId: string): Promise<QuestionRecord | undefined> {
    const rows = await this.database.query<QuestionRecord>(
      sql`${COLUMNS} where request_id = ${requestId} and tenant_id = ${tenantId}`,
    );
    return rows[0];
  }

  /** The question that a waiting run waits for. */
  async pendingOf(runId: string): Promise<QuestionRecord | undefined> {
    const rows = await this.database.query<QuestionRecord>(
      sql`${COLUMNS} where run_id = ${runId} and state = 'pending'`,
    );
    return rows[0];
  }

  /** Pending questions of the given runs. */
  async pendingRequests(runIds: readonly string[]): Promise<Map<string, ServerRequest[]>> {
    const rows = await this.database.query<QuestionRecord>(
      sql`${COLUMNS} where run_id = any(${runIds}::uuid[]) and state = 'pending'`,
    );
    const byRun = new Map<string, ServerRequest[]>();
    for (const row of rows) byRun.set(row.runId, [...(byRun.get(row.runId) ?? []), inputRequest(row)]);
    return byRun;
  }

  /** Ids of the actions of a run whose question was already asked. */
  async askedBy(runId: string): Promise<string[]> {
    const rows = await this.database.query<{ id: string }>(
      sql`select action_id as id from questions where run_id = ${runId} and state <> 'pending'`,
    );
    return rows.map(({ id }) => id);
  }

  /** Pending questions that have expired, on the database's clock. */
  async due(limit: number, except: readonly string[]): Promise<QuestionRecord[]> {
    return this.database.query<QuestionRecord>(
      sql`${COLUMNS} where state = 'pending' and expires_at <= now() and request_id not in (select unnest(${except}::text[]))
        order by expires_at limit ${limit}`,
    );
  }
}

/** The request that a client answers. */
export function inputRequest({ requestId, request }: Pick<QuestionRecord, 'requestId' | 'request'>): ServerRequest {
  return { jsonrpc: '2.0', id: requestId, method: 'input/request', params: { ...request } };
}

export interface NewQuestion {
  readonly requestId: string;
  readonly step: number;
  readonly actionId: string;
  readonly request: InputRequest;
}

export function insertQuestion({ requestId, step, actionId, request }: NewQuestion): RunPart {
  return cte(
    'insert_questions',
    QUESTIONS.insert(
      {
        requestId,
        tenantId: RUN.column('tenantId'),
        runId: RUN.column('id'),
        step,
        actionId,
        state: 'pending',
        request,
        createdAt: RUN.column('updatedAt'),
        expiresAt: sql`${request.expiresAt}`,
      },
      sql`from ${RUN}`,
    ),
  );
}

/** Claims a pending question. @param run must be locked first */
export function takeQuestion(
  run: LockedRun,
  question: QuestionRecord,
  to: Exclude<QuestionState, 'pending' | 'cancelled'>,
  answer: InputAnswer | null,
  actor: string,
): Cte<string, { readonly run_id: string }> {
  const time =
    to === 'expired' ? sql`and expires_at <= now()` : to === 'answered' ? sql`and expires_at > now()` : sql``;
  return cte(
    'update_questions',
    sql`update questions set state = ${to}, answer = ${answer ? JSON.stringify(answer) : null}, actor = ${actor},
          resolved_at = date_trunc('milliseconds', now())
        from ${run} where questions.request_id = ${question.requestId} and questions.run_id = ${run}.id
          and questions.state = 'pending' ${time} returning questions.run_id`,
  ).withRows();
}

/** Cancels the question of a run that is ending. */
export function cancelQuestions(): RunPart {
  return cte(
    'cancel_questions',
    sql`update questions set state = 'cancelled', resolved_at = ${RUN.column('updatedAt')} from ${RUN}
      where questions.run_id = ${RUN.column('id')} and questions.state = 'pending'`,
  );
}
