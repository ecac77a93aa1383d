import { Injectable } from '@nestjs/common';
import { AssentError, type NewFrame } from '@assent/contract';
import {
  Database,
  OutboxSignal,
  cte,
  isWebhookFrame,
  publishFrames,
  sql,
  withCtes,
  type Cte,
  type Sql,
} from '@assent/platform';
import { frameLine, frameRows, type FrameLine } from './frame.line';
import { FrameHub } from './frame.hub';
import { RunMetrics } from './run.metrics';
import { runLock, type Lease } from './run.hold';
import { HEAD_COLUMNS, type RunHead } from './run.record';

/** What one commit of a run changes. Everything commits together or not at all. */
export interface RunChange {
  /** Parts that `hold` selects from, e.g. the approval a decision takes. */
  readonly before?: readonly Cte[];
  /**
   * An `update runs` or `insert into runs` without its `returning` list (run.hold.ts). It MUST add `frames.length` to
   * `seq` and MUST match no row when the caller may not write.
   */
  readonly hold: Sql;
  /** Further writes. Each MUST select from `held`, so that it does nothing when the run could not be taken. */
  readonly writes: readonly Cte[];
  readonly frames: readonly NewFrame[];
  /** It may wait for another transaction: on a shared connection others would wait with it. */
  readonly waits?: true;
  /** Further columns to give back with the run, e.g. `(select status from learnt) as status`. */
  readonly returning?: Sql;
}

/**
 * The one way a run changes: the run row, whatever hangs on it and the frames that tell of it, in a single statement.
 * The row lock that gives the frames their seq is so taken and released by the database without a round trip between.
 */
@Injectable()
export class RunCommits {
  constructor(
    private readonly database: Database,
    private readonly hub: FrameHub,
    private readonly metrics: RunMetrics,
    private readonly outbox: OutboxSignal,
  ) {}

  /** @returns the run as it is now, or null when `hold` matched nothing (lost fence, wrong state, unknown id). */
  async commit<Extra = unknown>(change: RunChange): Promise<(RunHead & Extra) | null> {
    const stop = this.metrics.commitSeconds.startTimer();
    const { statement, bodies } = compose(change);
    const { database } = this;
    type Row = RunHead & Extra;
    const [run] = await (change.waits ? database.queryAlone<Row>(statement) : database.query<Row>(statement));
    stop();
    return this.published(run, change, bodies);
  }

  /**
   * Commits while the run and the given targets (64-bit keys, sorted) are locked, so that an outside effect and the row
   * that tells of it belong together: two diffs on one file follow each other, and a cancel waits for the end of this.
   * @param work has the effect and says what to commit
   * @throws AssentError conflict with `leaseLost` when the run is no longer being worked on under this fence
   */
  async exclusive(lease: Lease, targets: readonly bigint[], work: () => Promise<RunChange>): Promise<RunHead | null> {
    const before = [
      sql`select pg_advisory_xact_lock(${runLock(lease.runId)})`,
      sql`select pg_advisory_xact_lock(key) from unnest(${targets.map(String)}::bigint[]) as key`,
      sql`select 1 as held from runs where id = ${lease.runId} and fence = ${lease.fence} and state = 'running'`,
    ];
    const done: { change?: RunChange; bodies?: readonly string[] } = {};
    const [run] = await this.database.around<RunHead>(before, async ([, , held]) => {
      if (held?.length !== 1) throw leaseLost(lease.runId);
      done.change = await work();
      const { statement, bodies } = compose(done.change);
      done.bodies = bodies;
      return statement;
    });
    return done.change ? this.published(run, done.change, done.bodies ?? []) : null;
  }

  /**
   * Commits after the effect that is being applied and the commit that is under way for this run, if any. A single statement
   * would have to wait for them too, but would see the rows that hang on the run as they were before its wait.
   * @param make reads what hangs on the run, by single statements, and says what to change; nobody changes the run meanwhile
   */
  async afterOthers(runId: string, make: () => Promise<RunChange>): Promise<RunHead | null> {
    const before = [
      sql`select pg_advisory_xact_lock(${runLock(runId)})`,
      sql`select from runs where id = ${runId} for update`,
    ];
    const done: { change?: RunChange; bodies?: readonly string[] } = {};
    const [run] = await this.database.within<RunHead>(before, async () => {
      done.change = await make();
      const { statement, bodies } = compose(done.change);
      done.bodies = bodies;
      return statement;
    });
    return done.change ? this.published(run, done.change, done.bodies ?? []) : null;
  }

  private published<Run extends RunHead>(
    run: Run | undefined,
    change: RunChange,
    bodies: readonly string[],
  ): Run | null {
    if (!run) return null;
    this.publish(run, change.frames, bodies);
    return run;
  }

  private publish(run: RunHead, frames: readonly NewFrame[], bodies: readonly string[]): void {
    const at = run.updatedAt.toISOString();
    const lines: FrameLine[] = frames.map((frame, index) =>
      frameLine(
        {
          runId: run.id,
          seq: run.seq - frames.length + index + 1,
          at,
          type: frame.type,
          step: frame.step,
          clientTraceId: run.clientTraceId,
          traceparent: run.traceparent,
        },
        bodies[index] ?? '{}',
      ),
    );
    this.metrics.frames.inc(frames.length);
    this.hub.publish(run.id, lines);
    if (frames.some(isWebhookFrame)) this.outbox.raise();
  }
}

/** One statement: what `hold` needs, the run, what hangs on it, the frames and the webhooks that tell of it. */
function compose(change: RunChange): { statement: Sql; bodies: string[] } {
  const { json, bodies } = frameRows(change.frames);
  const frames = cte(
    'framed',
    sql`insert into frames (run_id, seq, tenant_id, at, type, step, body)
        select held.id, held.seq - ${change.frames.length}::integer + f.ordinality, held."tenantId", held."updatedAt", f.type, f.step, f.body
        from held, rows from (json_to_recordset(${json}::json) as (type text, step integer, body json)) with ordinality as f`,
  );
  const held = cte('held', sql`${change.hold} returning ${HEAD_COLUMNS}`);
  const ctes = [
    ...(change.before ?? []),
    held,
    ...change.writes,
    ...(change.frames.length > 0 ? [frames] : []),
    ...publishFrames(change.frames, bodies),
  ];
  const extra = change.returning ? sql`, ${change.returning}` : sql``;
  return { statement: withCtes(ctes, sql`select held.*${extra} from held`), bodies };
}

export function leaseLost(runId: string): AssentError {
  return new AssentError('conflict', `Run ${runId} is no longer held by this replica: nothing was written.`, {
    runId,
    leaseLost: true,
  });
}
