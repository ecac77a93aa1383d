import type { FrameFollower } from '../frame.hub';
import type { FrameLine } from '../frame.line';
import type { FrameCursor, FrameLog, FreshFrames } from '../frame.repository';

/** Frames of runs in memory. */
export class MemoryFrameLog implements FrameLog {
  private readonly runs = new Map<string, FrameLine[]>();
  /** Thrown by the next read, once. */
  failure: Error | null = null;
  /** The `after` of every read of one run. */
  readonly reads: number[] = [];

  append(runId: string, lines: readonly FrameLine[]): void {
    this.runs.set(runId, [...this.of(runId), ...lines]);
  }

  /** Deletes frames as retention does. */
  deleteUpTo(runId: string, seq: number): void {
    this.runs.set(
      runId,
      this.of(runId).filter((line) => line.seq > seq),
    );
  }

  read(runId: string, after: number, limit: number): Promise<FrameLine[]> {
    return this.answer(() => {
      this.reads.push(after);
      return this.after(runId, after, limit);
    });
  }

  readMany(cursors: readonly FrameCursor[], limitEach: number): Promise<Map<string, FreshFrames>> {
    return this.answer(() => {
      const fresh = cursors.map(({ runId, after }) => [runId, this.after(runId, after, limitEach)] as const);
      return new Map(fresh.flatMap(([runId, lines]) => (lines.length > 0 ? [[runId, { lines, lagSeconds: 0 }]] : [])));
    });
  }

  behind(cursors: readonly FrameCursor[]): Promise<string[]> {
    return this.answer(() =>
      cursors.filter(({ runId, after }) => this.after(runId, after, 1).length > 0).map(({ runId }) => runId),
    );
  }

  private answer<T>(value: () => T): Promise<T> {
    const { failure } = this;
    this.failure = null;
    return failure ? Promise.reject(failure) : Promise.resolve(value());
  }

  private after(runId: string, after: number, limit: number): FrameLine[] {
    return this.of(runId)
      .filter((line) => line.seq > after)
      .slice(0, limit);
  }

  private of(runId: string): readonly FrameLine[] {
    return this.runs.get(runId) ?? [];
  }
}

/** Frames with the seqs from `first` to `last`. */
export function lines(first: number, last: number, type = 'trace.delta'): FrameLine[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => {
    return { seq: first + index, type, json: `{"seq":${first + index}}` };
  });
}

/** Records the lines that it receives. */
export class RecordingFollower implements FrameFollower {
  readonly seqs: number[] = [];
  isClosed = false;

  deliver(given: readonly FrameLine[]): void {
    this.seqs.push(...given.map((line) => line.seq));
  }

  close(): void {
    this.isClosed = true;
  }
}
