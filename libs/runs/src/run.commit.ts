import { Injectable } from '@nestjs/common';
import { AssentError, type NewFrame } from '@assent/contract';
import { Database, RUN, cte, sql, withCtes, type Cte, type RunPart, type Sql } from '@assent/platform';
import { OutboxSignal, hasDeliveries, publishFrames } from '@assent/outbox';
import { frameColumns, frameLine, type FrameLine } from './frame.line';
import { FrameHub } from './frame.hub';
import { RunMetrics } from './run.metrics';
import { ClientRedactor } from './client.redactor';
import { IS_PAUSED, pauseLock } from './pause.sql';
import { runLock, type Lease } from './run.update';
import { HEAD_COLUMNS, type RunHead } from './run.record';

/** The changes of one commit of a run. They commit together or not at all. */
export interface RunChange {
  /**
   * The run whose row it locks first. Its commit may share a transaction with commits of other runs. Absent: it may first
   * wait for another row, such as an idempotency key, so it is a transaction by itself.
   */
  readonly runId?: string;
  /** Parts that `run` selects from, e.g. the approval that is decided. */
  readonly before?: readonly Cte[];
  /**
   * An `update runs` or `insert into runs` without its `returning` list (run.update.ts). It MUST add `frames.length` to
   * `seq` and MUST match no row when the caller may not write.
   */
  readonly run: Sql;
  /** Further writes; they do nothing when `run` matched no row. */
  readonly writes: readonly RunPart[];
  readonly frames: readonly NewFrame[];
  /** It may wait for another transaction. On a shared connection, others would wait with it. */
  readonly waits?: true;
  /** Further columns to return with the run, e.g. `(select status from ...) as status`. */
  readonly returning?: Sql;
}

/** A run as its commit returns it. */
interface Committed {
  /** The commit queued deliveries of webhooks. */
  readonly hasDeliveries: boolean;
}

/**
 * The only way to change a run: the run row, its dependent rows and the frames that record the change, in a single
 * statement. The row lock under which the frames get their seq is thus taken and released without a round trip in
 * between.
 */
@Injectable()
export class RunCommits {
  /** The newest waiting or committing change of each key. */
  private readonly turns = new Map<string, Promise<unknown>>();

  constructor(
    private readonly database: Database,
    private readonly hub: FrameHub,
    private readonly metrics: RunMetrics,
    private readonly outbox: OutboxSignal,
    private readonly shown: ClientRedactor,
  ) {}

  /** @returns the run after the change; null when `run` matched no row (lost fence, wrong state, unknown id). */
  async commit<Extra = unknown>(change: RunChange): Promise<(RunHead & Extra) | null> {
    const stop = this.metrics.commitSeconds.startTimer();
    const { statement, bodies } = this.compose(change);
    const [row] = await this.send<RunHead & Extra & Committed>(change, statement);
    stop();
    return this.published<RunHead & Extra>(row, change, bodies);
  }

  /**
   * Commits while the run and the given targets (64-bit keys, sorted) are locked, so that no other change comes between
   * an external effect and the row that records it: two diffs on one file are serialized, and a cancel waits. A pause
   * of the tenant counts the transactions that hold its lock, so that no effect begins after the pause is acknowledged.
   * @param work performs the effect and returns what to commit @throws AssentError conflict with `leaseLost` when this
   * fence no longer owns the run, with `paused` when the tenant is paused
   */
  async commitUnderLocks(
    lease: Lease & Pick<RunHead, 'tenantId'>,
    targets: readonly bigint[],
    work: () => Promise<RunChange>,
  ): Promise<RunHead | null> {
    const before = [
      sql`select case place when 1 then pg_advisory_xact_lock_shared(key) else pg_advisory_xact_lock(key) end
        from unnest(array[${pauseLock(lease.tenantId)}, ${runLock(lease.runId)}] || ${targets.map(String)}::bigint[])
          with ordinality as locks (key, place)`,
      // A separate statement, because a statement sees the rows as they were before it waited for a lock.
      sql`select ${IS_PAUSED} as "isPaused" from runs where id = ${lease.runId} and fence = ${lease.fence} and state = 'running'`,
    ];
    return this.commitInside(work, (compose) =>
      this.database.around<RunHead & Committed>(before, async ([, owned]) => {
        const [run] = owned ?? [];
        if (!run) throw leaseLost(lease.runId);
        if (run['isPaused'] === true) throw tenantPaused(lease.runId);
        return compose();
      }),
    );
  }

  /**
   * Commits after any effect or commit that is in progress for this run. A single statement would also wait, but it
   * would see the dependent rows of the run as they were before the wait.
   * @param make reads the dependent rows of the run, by single statements, and returns the change; the run cannot
   * change meanwhile
   */
  async commitSerialized(runId: string, make: () => Promise<RunChange>): Promise<RunHead | null> {
    const before = [
      sql`select pg_advisory_xact_lock(${runLock(runId)})`,
      sql`select from runs where id = ${runId} for update`,
    ];
    return this.commitInside(make, (compose) => this.database.within<RunHead & Committed>(before, compose));
  }

  /**
   * Commits the changes of a key one after another, across all replicas: `make` reads the rows of earlier changes. Only
   * one connection of this replica waits for a key.
   */
  async commitInTurn(key: string, make: () => Promise<RunChange>): Promise<RunHead | null> {
    const before = [sql`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`];
    const commit = () =>
      this.commitInside(make, (compose) => this.database.within<RunHead & Committed>(before, compose));
    const turn = (this.turns.get(key) ?? Promise.resolve()).then(commit, commit);
    this.turns.set(key, turn);
    try {
      return await turn;
    } finally {
      if (this.turns.get(key) === turn) this.turns.delete(key);
    }
  }

  private send<Row extends object>({ waits, runId }: RunChange, statement: Sql): Promise<Row[]> {
    if (waits) return this.database.queryDedicated<Row>(statement);
    if (runId === undefined) return this.database.query<Row>(statement);
    return this.database.queryInGroup<Row>(statement, { rowId: runId, lockRows });
  }

  /** @param transact a transaction that commits the statement it is given */
  private async commitInside(
    make: () => Promise<RunChange>,
    transact: (compose: () => Promise<Sql>) => Promise<(RunHead & Committed)[]>,
  ): Promise<RunHead | null> {
    const composed: { change?: RunChange; bodies?: readonly string[] } = {};
    const [run] = await transact(async () => {
      composed.change = await make();
      const { statement, bodies } = this.compose(composed.change);
      composed.bodies = bodies;
      return statement;
    });
    return composed.change ? this.published(run, composed.change, composed.bodies ?? []) : null;
  }

  private compose(change: RunChange): ReturnType<typeof compose> {
    return compose({ ...change, frames: this.shown.frames(change.frames) });
  }

  private published<Run extends RunHead>(
    row: (Run & Committed) | undefined,
    change: RunChange,
    bodies: readonly string[],
  ): Run | null {
    if (!row) return null;
    this.publish(row, change.frames, bodies);
    if (row.hasDeliveries) this.outbox.raise();
    return row;
  }

  private publish(run: RunHead, frames: readonly NewFrame[], bodies: readonly string[]): void {
    if (frames.length === 0) return;
    this.metrics.frames.inc(frames.length);
    this.hub.publish(run.id, () => linesOf(run, frames, bodies));
  }
}

/** Locks in a fixed order, so that two transactions never wait for each other. */
function lockRows(runIds: readonly string[]): Sql {
  return sql`select from runs where id = any(${runIds}::uuid[]) order by id for update`;
}

function linesOf(run: RunHead, frames: readonly NewFrame[], bodies: readonly string[]): FrameLine[] {
  const { id: runId, seq, clientTraceId, traceparent } = run;
  const at = run.updatedAt.toISOString();
  const before = seq - frames.length;
  return frames.map(({ type, step }, index) =>
    frameLine({ runId, seq: before + index + 1, at, type, step, clientTraceId, traceparent }, bodies[index] ?? '{}'),
  );
}

/** Builds one statement from the parts before the run, the run, its dependent writes, the frames and their webhook events. */
function compose(change: RunChange): { statement: Sql; bodies: readonly string[] } {
  const { types, steps, bodies } = frameColumns(change.frames);
  const frames = cte(
    'insert_frames',
    sql`insert into frames (run_id, seq, tenant_id, at, type, step, body)
        select run.id, run.seq - ${change.frames.length}::integer + f.ordinality, run."tenantId", run."updatedAt", f.type, f.step, f.body
        from ${RUN}, unnest(${types}::text[], ${steps}::integer[], ${bodies}::json[]) with ordinality as f (type, step, body)`,
  );
  const published = publishFrames(change.frames, bodies);
  const ctes = [
    ...(change.before ?? []),
    cte(RUN.name, sql`${change.run} returning ${HEAD_COLUMNS}`),
    ...change.writes,
    ...(change.frames.length > 0 ? [frames] : []),
    ...published,
  ];
  const extra = change.returning ? sql`, ${change.returning}` : sql``;
  return {
    statement: withCtes(ctes, sql`select run.*, ${hasDeliveries(published)} as "hasDeliveries"${extra} from ${RUN}`),
    bodies,
  };
}

export function leaseLost(runId: string): AssentError {
  return new AssentError('conflict', `This replica no longer owns run ${runId}: nothing was written.`, {
    runId,
    leaseLost: true,
  });
}

function tenantPaused(runId: string): AssentError {
  return new AssentError(
    'conflict',
    `The tenant of run ${runId} is paused: nothing was done. The run goes on once it is resumed.`,
    {
      runId,
      paused: true,
    },
  );
}
