import { Injectable } from '@nestjs/common';
import type { NewFrame } from '@assent/contract';
import { Database, forAllTenants, isTransient, sql } from '@assent/platform';
import { FrameHub } from './frame.hub';
import { frameColumns, frameLine } from './frame.line';
import { leaseLost } from './run.commit';
import type { Lease } from './run.update';
import { ClientRedactor } from './client.redactor';

interface Entry {
  readonly lease: Lease;
  readonly frames: readonly NewFrame[];
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

interface AppendedRow {
  readonly id: string;
  readonly seq: number;
  readonly at: Date;
  readonly clientTraceId: string | null;
  readonly traceparent: string | null;
}

/** Maximum number of frames in one statement; the rest go into the next one. */
const MAX_BATCH_FRAMES = 2_000;

/**
 * Appends frames that change nothing else (deltas, a takeover) with group commit: frames that arrive while a statement
 * is in progress are written together by the next one, for all runs of this replica. There is no timer, so a lone
 * append is never delayed.
 */
@Injectable()
export class FrameAppender {
  private queue: Entry[] = [];
  private flushing = false;

  constructor(
    private readonly database: Database,
    private readonly hub: FrameHub,
    private readonly shown: ClientRedactor,
  ) {}

  /** Resolves when the frames are durable. @throws AssentError conflict when the lease is lost */
  append(lease: Lease, frames: readonly NewFrame[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.queue.push({ lease, frames, resolve, reject });
      if (!this.flushing) void forAllTenants(() => this.flush());
    });
  }

  private async flush(): Promise<void> {
    this.flushing = true;
    // Everything appended in this turn of the event loop joins the first statement.
    await new Promise(setImmediate);
    while (this.queue.length > 0) {
      const batch = this.nextBatch();
      await this.writeOrSplit(batch);
    }
    this.flushing = false;
  }

  /** A database error of one run must not fail the other runs in the same batch. */
  private async writeOrSplit(batch: readonly Entry[]): Promise<void> {
    try {
      await this.write(batch);
    } catch (error) {
      if (batch.length > 1 && !isTransient(error)) {
        for (const entry of batch) await this.writeOrSplit([entry]);
        return;
      }
      const reason = error instanceof Error ? error : new Error('append failed', { cause: error });
      for (const entry of batch) entry.reject(reason);
    }
  }

  /** One entry per run and statement, because a statement can raise a run's seq only once. */
  private nextBatch(): Entry[] {
    const batch: Entry[] = [];
    const rest: Entry[] = [];
    const runs = new Set<string>();
    let count = 0;
    for (const entry of this.queue) {
      const fits = !runs.has(entry.lease.runId) && (count === 0 || count + entry.frames.length <= MAX_BATCH_FRAMES);
      (fits ? batch : rest).push(entry);
      runs.add(entry.lease.runId);
      if (fits) count += entry.frames.length;
    }
    this.queue = rest;
    return batch;
  }

  private async write(batch: readonly Entry[]): Promise<void> {
    const columns = batch.map((entry) => frameColumns(this.shown.frames(entry.frames)));
    const entryOf = batch.flatMap(({ frames }, entry) => frames.map(() => entry));
    const placeOf = batch.flatMap(({ frames }) => frames.map((_, place) => place + 1));
    const appended = await this.database.query<AppendedRow>(sql`
      with entries as (
        select * from unnest(${batch.map((_, entry) => entry)}::integer[], ${batch.map((e) => e.lease.runId)}::uuid[],
          ${batch.map((e) => e.lease.fence)}::integer[], ${batch.map((e) => e.frames.length)}::integer[]) as entries (entry, run_id, fence, frames)
      ), locked as (
        select runs.id, entries.frames, entries.entry from entries join runs on runs.id = entries.run_id
        where runs.fence = entries.fence and runs.state = 'running' order by runs.id for update of runs
      ), run as (
        update runs set seq = runs.seq + locked.frames, updated_at = date_trunc('milliseconds', now()) from locked where runs.id = locked.id
        returning runs.id, runs.tenant_id, runs.seq, runs.client_trace_id, runs.traceparent, runs.updated_at, locked.frames, locked.entry
      ), insert_frames as (
        insert into frames (run_id, seq, tenant_id, at, type, step, body)
        select run.id, run.seq - run.frames + f.place, run.tenant_id, run.updated_at, f.type, f.step, f.body
        from run join unnest(${entryOf}::integer[], ${placeOf}::integer[], ${columns.flatMap(({ types }) => types)}::text[],
          ${columns.flatMap(({ steps }) => steps)}::integer[], ${columns.flatMap(({ bodies }) => bodies)}::json[])
          as f (entry, place, type, step, body) on f.entry = run.entry
      )
      select id, seq, updated_at as at, client_trace_id as "clientTraceId", traceparent from run`);
    const byRun = new Map(appended.map((row) => [row.id, row]));
    batch.forEach((entry, index) => {
      const row = byRun.get(entry.lease.runId);
      if (!row) {
        entry.reject(leaseLost(entry.lease.runId));
        return;
      }
      const first = row.seq - entry.frames.length + 1;
      const { clientTraceId, traceparent } = row;
      const head = { runId: row.id, at: row.at.toISOString(), clientTraceId, traceparent };
      const bodies = columns[index]?.bodies ?? [];
      this.hub.publish(row.id, () =>
        entry.frames.map((f, i) =>
          frameLine({ ...head, seq: first + i, type: f.type, step: f.step }, bodies[i] ?? '{}'),
        ),
      );
      entry.resolve();
    });
  }
}
