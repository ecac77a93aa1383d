import { Injectable } from '@nestjs/common';
import type { NewFrame, Phase } from '@assent/contract';
import { Database, cte, publishEvent, sql, withCtes, type Cte, type Sql } from '@assent/platform';
import { RunCommits, RunHandoff, holdStill, holdWaiting, type RunHead } from '@assent/runs';
import type { ApprovalRecord } from './approval.record';
import { InboxHints } from './inbox.hints';
import type { SubjectNews } from './subjects/subject.news';

/** One change of a pending approval. */
export interface ApprovalChange {
  /** Assignments of the approval's own columns, without `version`. */
  readonly set: Sql;
  /** On the database's clock. `any`: whatever the time. */
  readonly time: 'before_expiry' | 'after_expiry' | 'any';
  /** Each MUST select from `held`, which has the columns id (of the run, or null), "tenantId" and "updatedAt". */
  readonly writes: readonly Cte[];
  readonly frames: readonly NewFrame[];
  /** Where its run goes on; null: it goes on waiting. */
  readonly resume: { readonly phase: Phase; readonly steps: 0 | 1 } | null;
  /** For webhooks, when it has no run; the frames of a run tell them by themselves. */
  readonly news?: SubjectNews | undefined;
}

/** What a change has come to. */
export interface Changed {
  /** On the database's clock. */
  readonly at: Date;
  /** Null: it has none. */
  readonly run: RunHead | null;
}

const TIMES: Readonly<Record<ApprovalChange['time'], Sql>> = {
  before_expiry: sql`and approvals.expires_at > now()`,
  after_expiry: sql`and approvals.expires_at <= now()`,
  any: sql``,
};

/** The one way a pending approval changes: itself, what hangs on it, its run and the frames, in a single statement. */
@Injectable()
export class ApprovalCommits {
  constructor(
    private readonly commits: RunCommits,
    private readonly handoff: RunHandoff,
    private readonly database: Database,
    private readonly hints: InboxHints,
  ) {}

  /** @returns null: it is not any more as `approval` says, and nothing was changed */
  async commit(approval: ApprovalRecord, change: ApprovalChange): Promise<Changed | null> {
    const changed = approval.runId === null ? await this.alone(approval, change) : await this.withRun(approval, change);
    if (changed) this.hints.hint(approval.tenantId);
    if (changed && approval.runId === null) this.hints.settled();
    return changed;
  }

  private async withRun(approval: ApprovalRecord, change: ApprovalChange): Promise<Changed | null> {
    const { writes, frames, resume } = change;
    const before = [
      // Run row first: whoever else wants either (a cancel, another decision, a sweep) locks in the same order, so that they
      // queue instead of deadlocking.
      cte('waiting', sql`select id from runs where id = ${approval.runId} and state = 'waiting' for update`),
      cte('taken', take(approval, change, sql`from waiting where approvals.run_id = waiting.id and`)),
    ];
    const run = resume
      ? await this.handoff.commit((claim) => {
          const hold = holdWaiting('taken', claim, resume.phase, frames.length, resume.steps);
          return this.commits.commit({ before, hold, writes, frames });
        })
      : await this.commits.commit({ before, hold: holdStill('taken', frames.length), writes, frames });
    return run && { at: run.updatedAt, run };
  }

  private async alone(approval: ApprovalRecord, change: ApprovalChange): Promise<Changed | null> {
    const parts = [
      cte('taken', take(approval, change, sql`where`)),
      cte(
        'held',
        sql`select null::uuid as id, taken.tenant_id as "tenantId", date_trunc('milliseconds', now()) as "updatedAt" from taken`,
      ),
      ...change.writes,
      ...(change.news ? publishEvent({ tenantId: approval.tenantId, ...change.news }, 'taken') : []),
    ];
    const [row] = await this.database.queryAlone<{ at: Date }>(
      withCtes(parts, sql`select "updatedAt" as at from held`),
    );
    return row ? { at: row.at, run: null } : null;
  }
}

function take(approval: ApprovalRecord, { set, time }: ApprovalChange, where: Sql): Sql {
  return sql`update approvals set version = approvals.version + 1, ${set} ${where} approvals.id = ${approval.id}
    and approvals.tenant_id = ${approval.tenantId} and approvals.state = 'pending' and approvals.version = ${approval.version}
    and approvals.hash = ${approval.hash} ${TIMES[time]} returning approvals.run_id, approvals.tenant_id`;
}
