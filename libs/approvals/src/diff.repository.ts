import { DIFFS } from './approvals.tables';
import { Injectable } from '@nestjs/common';
import type { DiffState, FileChange, JsonObject, Lineage, RevisionOrigin } from '@assent/contract';
import { Database, cte, sql, RUN, type Sql, type RunPart } from '@assent/platform';

export interface DiffRecord {
  readonly id: string;
  readonly runId: string;
  readonly step: number;
  readonly revision: number;
  readonly callId: string;
  readonly state: DiffState;
  readonly tool: string;
  readonly workspace: string;
  readonly hash: string;
  readonly content: Buffer;
  readonly files: FileChange[];
  readonly lineage: Lineage;
  readonly origin: RevisionOrigin;
  /** The author of this revision; null: the run. */
  readonly author: string | null;
  readonly supersedes: string | null;
  /** Arguments of the call as changed by a reviewer; null: those of the planner. */
  readonly args: JsonObject | null;
  readonly createdAt: Date;
  readonly appliedAt: Date | null;
}

const COLUMNS: Sql = sql`id, run_id as "runId", step, revision, call_id as "callId", state, tool, workspace, hash, content, files, lineage, origin, author, supersedes, args,
  created_at as "createdAt", applied_at as "appliedAt"`;

/** Stored diffs, one statement per method. */
@Injectable()
export class DiffRepository {
  constructor(private readonly database: Database) {}

  async find(tenantId: string, diffId: string): Promise<DiffRecord | undefined> {
    const rows = await this.database.query<DiffRecord>(
      sql`select ${COLUMNS} from diffs where id = ${diffId} and tenant_id = ${tenantId}`,
    );
    return rows[0];
  }

  /** The newest revision of a step's diff, and whether any of its revisions is a reviewer's. */
  async findOfStep(runId: string, step: number): Promise<(DiffRecord & { readonly isRevised: boolean }) | undefined> {
    const rows = await this.database.query<DiffRecord & { readonly isRevised: boolean }>(diffOfStep(runId, step));
    return rows[0];
  }

  /** Every revision of a step's diff, oldest first. */
  async revisionsOfStep(runId: string, step: number): Promise<DiffRecord[]> {
    return this.database.query<DiffRecord>(
      sql`select ${COLUMNS} from diffs where run_id = ${runId} and step = ${step} order by revision`,
    );
  }
}

/** The query of `findOfStep`. */
export function diffOfStep(runId: string, step: number): Sql {
  return sql`select ${COLUMNS}, exists (select from diffs own where own.run_id = ${runId} and own.step = ${step} and own.author is not null) as "isRevised"
    from diffs where run_id = ${runId} and step = ${step} order by revision desc limit 1`;
}

/** Inserts a revision of a step's diff; the first one by default. */
export type NewDiff = Omit<
  DiffRecord,
  'revision' | 'runId' | 'createdAt' | 'appliedAt' | 'origin' | 'author' | 'supersedes' | 'args'
> &
  Partial<Pick<DiffRecord, 'revision' | 'origin' | 'author' | 'supersedes' | 'args'>>;

export function insertDiff(diff: NewDiff): RunPart {
  const { id, step, callId, state, tool, workspace, hash, content, files, lineage } = diff;
  const { revision = 1, origin = 'run', author, supersedes, args } = diff;
  const row = {
    id,
    step,
    callId,
    state,
    tool,
    workspace,
    hash,
    content,
    files,
    lineage,
    revision,
    origin,
    author,
    supersedes,
    args,
  };
  const [runId, tenantId, createdAt] = [RUN.column('id'), RUN.column('tenantId'), RUN.column('updatedAt')];
  return cte('insert_diffs', DIFFS.insert({ ...row, runId, tenantId, createdAt }, sql`from ${RUN}`));
}

/** Changes the state of a diff, if it is still in the state that the caller read. */
export function moveDiff(diffId: string, from: DiffState, to: DiffState): RunPart {
  return cte(
    `update_diffs_${to}`,
    sql`update diffs set state = ${to}, applied_at = case when ${to === 'applied'} then ${RUN.column('updatedAt')} end
      from ${RUN} where diffs.id = ${diffId} and diffs.state = ${from}`,
  );
}

/**
 * Voids the diffs of a run that is ending. A diff that is being applied is left alone: its replica may have died
 * between the effect and its row, so that only the target shows the outcome.
 */
export function voidDiffs(): RunPart {
  return cte(
    'void_diffs',
    sql`update diffs set state = 'voided' from ${RUN} where diffs.run_id = ${RUN.column('id')} and diffs.state in ('pending', 'approved')`,
  );
}
