import { Injectable } from '@nestjs/common';
import type { RunState } from '@assent/contract';
import { Database, sql, type Sql } from '@assent/platform';
import { frameLine, type FrameLine } from './frame.line';

interface FrameRow {
  readonly runId: string;
  readonly seq: number;
  readonly at: Date;
  readonly type: string;
  readonly step: number;
  readonly clientTraceId: string | null;
  readonly traceparent: string | null;
  readonly body: string;
}

interface OpenedColumns {
  readonly tail: number;
  readonly state: RunState;
}

/** A run without further frames is one row whose frame columns are null. */
type OpenRow = OpenedColumns & (FrameRow | { readonly seq: null });

export interface OpenedLog extends OpenedColumns {
  readonly lines: FrameLine[];
}

const FRAME_COLUMNS: Sql = sql`frames.run_id as "runId", frames.seq, frames.at, frames.type, frames.step, frames.body::text as body,
  runs.client_trace_id as "clientTraceId", runs.traceparent`;

/** A position in a run's log. */
export interface FrameCursor {
  readonly runId: string;
  /** seq of the last known frame. */
  readonly after: number;
}

/** New frames of one run, for its live followers. */
export interface FreshFrames {
  readonly lines: FrameLine[];
  /** Age of the oldest frame in seconds, on the database's clock. */
  readonly lagSeconds: number;
}

/** A log that can be followed: the frames of a run, or other entries with a key and a seq without gaps. */
export interface FrameLog {
  /** MUST return lines in the order of seq, and MUST leave no gap between them. */
  read(key: string, after: number, limit: number): Promise<FrameLine[]>;
  readMany(cursors: readonly FrameCursor[], limitEach: number): Promise<Map<string, FreshFrames>>;
  /** Keys whose log extends beyond the cursor. */
  behind(cursors: readonly FrameCursor[]): Promise<string[]>;
}

/** Reads of the frame log, one statement each. */
@Injectable()
export class FrameRepository implements FrameLog {
  constructor(private readonly database: Database) {}

  /** The next frames of one run, in order. The cost follows `limit`, not the length of the log. */
  async read(runId: string, after: number, limit: number): Promise<FrameLine[]> {
    const rows = await this.database
      .query<FrameRow>(sql`select ${FRAME_COLUMNS} from frames join runs on runs.id = frames.run_id
      where frames.run_id = ${runId} and frames.seq > ${after} order by frames.seq limit ${limit}`);
    return rows.map(toLine);
  }

  /** The state of a run and its next frames, in one round trip; undefined when the tenant has no such run. */
  async open(tenantId: string, runId: string, after: number, limit: number): Promise<OpenedLog | undefined> {
    const rows = await this.database.query<OpenRow>(sql`
      select runs.seq as tail, runs.state, runs.client_trace_id as "clientTraceId", runs.traceparent, runs.id as "runId", f.*
      from runs left join lateral (
        select seq, at, type, step, body::text as body from frames
        where frames.run_id = runs.id and frames.seq > ${after} order by frames.seq limit ${limit}
      ) f on true where runs.id = ${runId} and runs.tenant_id = ${tenantId} order by f.seq`);
    const [first] = rows;
    if (!first) return undefined;
    const lines = rows.flatMap((row) => (row.seq === null ? [] : [toLine(row)]));
    return { tail: first.tail, state: first.state, lines };
  }

  /** The next frames of many runs in one round trip. */
  async readMany(cursors: readonly FrameCursor[], limitEach: number): Promise<Map<string, FreshFrames>> {
    const rows = await this.database.query<FrameRow & { ageSeconds: number }>(sql`
      select frames.*, extract(epoch from clock_timestamp() - frames.at)::float8 as "ageSeconds" from unnest(${cursors.map((c) => c.runId)}::uuid[], ${cursors.map((c) => c.after)}::integer[]) as cursors (run_id, after),
      lateral (select ${FRAME_COLUMNS} from frames join runs on runs.id = frames.run_id
        where frames.run_id = cursors.run_id and frames.seq > cursors.after order by frames.seq limit ${limitEach}) as frames`);
    const fresh = new Map<string, FreshFrames>();
    for (const row of rows) {
      const known = fresh.get(row.runId);
      if (known) known.lines.push(toLine(row));
      else fresh.set(row.runId, { lines: [toLine(row)], lagSeconds: row.ageSeconds });
    }
    return fresh;
  }

  /** The runs that have frames beyond their cursor. */
  async behind(cursors: readonly FrameCursor[]): Promise<string[]> {
    const rows = await this.database.query<{ id: string }>(sql`
      select runs.id from unnest(${cursors.map((c) => c.runId)}::uuid[], ${cursors.map((c) => c.after)}::integer[]) as cursors (run_id, after)
      join runs on runs.id = cursors.run_id where runs.seq > cursors.after`);
    return rows.map((row) => row.id);
  }

  /**
   * Deletes the frames of up to `maxRuns` runs that ended more than `days` ago. Concurrent replicas take different
   * runs.
   * @returns the number of cleared runs
   */
  async purge(days: number, maxRuns: number): Promise<number> {
    const rows = await this.database.queryDedicated<{ count: number }>(sql`
      with old as (select id from runs where finished_at < now() - make_interval(days => ${days}) and not purged
          order by finished_at limit ${maxRuns} for update skip locked),
        gone as (delete from frames using old where frames.run_id = old.id),
        marked as (update runs set purged = true from old where runs.id = old.id returning 1)
      select count(*)::integer as count from marked`);
    return rows[0]?.count ?? 0;
  }
}

function toLine(row: FrameRow): FrameLine {
  return frameLine({ ...row, at: row.at.toISOString() }, row.body);
}
