import { Injectable } from '@nestjs/common';
import type { NewFrame, Phase } from '@assent/contract';
import { Database, RUN, cte, sql, withCtes, type RunPart, type Sql } from '@assent/platform';
import { OutboxSignal, hasDeliveries, publishEvent } from '@assent/outbox';
import {
  RunCommits,
  RunDispatcher,
  RunNotifier,
  appendFramesWhileWaiting,
  resumeRun,
  type RunHead,
  lockWaitingRun,
} from '@assent/runs';
import type { ApprovalRecord } from './approval.record';
import { InboxHints } from './inbox.hints';
import type { SubjectEvent } from './subjects/subject.event';

/** One change of a pending approval. */
export interface ApprovalChange {
  /** Assignments of the approval's own columns, except `version`. */
  readonly set: Sql;
  /** Time condition on the database's clock. `any`: no condition. */
  readonly time: 'before_expiry' | 'after_expiry' | 'any';
  readonly writes: readonly RunPart[];
  readonly frames: readonly NewFrame[];
  /** The state in which its run resumes; null: the run keeps waiting. */
  readonly resume: { readonly phase: Phase; readonly steps: 0 | 1 } | null;
  /** Webhook event of an approval without a run; the frames of a run are published as events. */
  readonly event?: SubjectEvent | undefined;
}

/** The result of a change. */
export interface CommittedChange {
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

/**
 * The only way to change a pending approval: the approval, its dependent rows, its run and the frames, in a single
 * statement.
 */
@Injectable()
export class ApprovalCommits {
  constructor(
    private readonly commits: RunCommits,
    private readonly dispatcher: RunDispatcher,
    private readonly database: Database,
    private readonly hints: InboxHints,
    private readonly notifier: RunNotifier,
    private readonly outbox: OutboxSignal,
  ) {}

  /** @returns null if the row differs from `approval`; nothing is then changed */
  async commit(approval: ApprovalRecord, change: ApprovalChange): Promise<CommittedChange | null> {
    const changed =
      approval.runId === null
        ? await this.commitWithoutRun(approval, change)
        : await this.commitWithRun(approval.runId, approval, change);
    if (changed) this.hints.hint(approval.tenantId);
    if (changed) this.notifier.notifyApproval(approval.id);
    if (changed && approval.runId === null) this.hints.resolved();
    return changed;
  }

  private async commitWithRun(
    runId: string,
    approval: ApprovalRecord,
    change: ApprovalChange,
  ): Promise<CommittedChange | null> {
    const { writes, frames, resume } = change;
    const lock = lockWaitingRun(runId);
    const taken = cte(
      'update_approvals',
      updateApproval(approval, change, sql`from ${lock} where approvals.run_id = ${lock}.id and`),
    ).withRows<{ run_id: string }>();
    const before = [lock, taken];
    const run = resume
      ? await this.dispatcher.commit((claim) => {
          const run = resumeRun(taken, claim, resume.phase, frames.length, resume.steps);
          return this.commits.commit({ runId, before, run, writes, frames });
        })
      : await this.commits.commit({
          runId,
          before,
          run: appendFramesWhileWaiting(taken, frames.length),
          writes,
          frames,
        });
    return run && { at: run.updatedAt, run };
  }

  private async commitWithoutRun(approval: ApprovalRecord, change: ApprovalChange): Promise<CommittedChange | null> {
    const taken = cte('update_approvals', updateApproval(approval, change, sql`where`));
    const published = change.event ? publishEvent({ tenantId: approval.tenantId, ...change.event }, taken) : [];
    const parts = [
      taken,
      cte(
        RUN.name,
        sql`select null::uuid as id, tenant_id as "tenantId", date_trunc('milliseconds', now()) as "updatedAt" from ${taken}`,
      ),
      ...change.writes,
      ...published,
    ];
    const [row] = await this.database.queryDedicated<{ at: Date; hasDeliveries: boolean }>(
      withCtes(parts, sql`select "updatedAt" as at, ${hasDeliveries(published)} as "hasDeliveries" from ${RUN}`),
    );
    if (row?.hasDeliveries === true) this.outbox.raise();
    return row ? { at: row.at, run: null } : null;
  }
}

function updateApproval(approval: ApprovalRecord, { set, time }: ApprovalChange, where: Sql): Sql {
  return sql`update approvals set version = approvals.version + 1, ${set} ${where} approvals.id = ${approval.id}
    and approvals.tenant_id = ${approval.tenantId} and approvals.state = 'pending' and approvals.version = ${approval.version}
    and approvals.hash = ${approval.hash} ${TIMES[time]} returning approvals.run_id, approvals.tenant_id`;
}
