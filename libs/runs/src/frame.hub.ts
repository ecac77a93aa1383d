import { Inject, Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { LOG, type Log } from '@assent/platform';
import type { FrameLine } from './frame.line';
import { FrameRepository, type FrameCursor, type FrameLog } from './frame.repository';
import { RunNotifier } from './run.notifier';
import { StreamMetrics } from './stream.metrics';

/** Follows one run live. */
export interface FrameFollower {
  /** MUST not throw, and MUST drop frames up to the seq it has. The remaining frames are in order and without a gap. */
  deliver(lines: readonly FrameLine[]): void;
  /** The replica is shutting down: end the stream, so that the client reconnects to another replica. */
  close(): void;
}

interface Channel {
  /** Every live follower has the frames up to this seq; null until the first follower has read the log. */
  seq: number | null;
  readonly watchers: Set<FrameFollower>;
  readonly live: Set<FrameFollower>;
}

/** Interval at which the table is polled even without a hint: NOTIFY is best effort, and the table is authoritative. */
const SAFETY_POLL_MS = 1_000;
const FETCH_LIMIT = 1_000;

/**
 * Live fan-out: one reader of a run's log per process, regardless of the number of clients. Frames of this replica are
 * passed on from memory; frames of other replicas are announced by NOTIFY and read from the table. A frame that leaves
 * a gap is never passed on: the missing frames are read first.
 */
@Injectable()
export class FrameHub implements OnModuleInit, BeforeApplicationShutdown {
  private readonly channels = new Map<string, Channel>();
  private readonly hinted = new Set<string>();
  private fetching = false;
  private closed = false;
  private poll: NodeJS.Timeout | undefined;

  constructor(
    @Inject(FrameRepository) private readonly frames: Pick<FrameLog, 'readMany' | 'behind'>,
    @Inject(RunNotifier) private readonly notifier: Pick<RunNotifier, 'onHint' | 'notify'>,
    private readonly metrics: StreamMetrics,
    @Inject(LOG) private readonly log: Log,
  ) {}

  onModuleInit(): void {
    this.notifier.onHint((runIds) => {
      for (const runId of runIds) this.hint(runId);
    });
    this.poll = setInterval(() => void this.pollLagging(), SAFETY_POLL_MS);
  }

  beforeApplicationShutdown(): void {
    this.close();
  }

  /** Ends every follower; new ones are ended at once. */
  close(): void {
    this.closed = true;
    clearInterval(this.poll);
    for (const channel of this.channels.values()) for (const follower of [...channel.watchers]) follower.close();
  }

  get followers(): number {
    let count = 0;
    for (const channel of this.channels.values()) count += channel.watchers.size;
    return count;
  }

  /** Polls all followed runs now, without a hint. */
  pollNow(): void {
    for (const runId of this.channels.keys()) this.hint(runId);
  }

  /** Registers a follower before it reads the log, so that it misses no frame committed in between. */
  watch(runId: string, follower: FrameFollower): () => void {
    const channel = this.channels.get(runId) ?? { seq: null, watchers: new Set(), live: new Set() };
    this.channels.set(runId, channel);
    channel.watchers.add(follower);
    if (this.closed)
      setImmediate(() => {
        follower.close();
      });
    return () => {
      channel.watchers.delete(follower);
      channel.live.delete(follower);
      if (channel.watchers.size === 0 && this.channels.get(runId) === channel) this.channels.delete(runId);
    };
  }

  /** seq of the newest frame known to this replica; 0 when the run has no follower. */
  tail(runId: string): number {
    return this.channels.get(runId)?.seq ?? 0;
  }

  /** From here on the follower is served live. @returns false when it still has frames to read from the log */
  join(runId: string, follower: FrameFollower, seq: number): boolean {
    const channel = this.channels.get(runId);
    if (!channel?.watchers.has(follower)) return true;
    channel.seq ??= seq;
    if (channel.seq > seq) return false;
    channel.live.add(follower);
    return true;
  }

  /**
   * @param lines returns at least one line, of the frames that this replica has just committed; called only if the run
   * is followed
   */
  publish(runId: string, lines: () => readonly FrameLine[]): void {
    this.notifier.notify(runId);
    const channel = this.channels.get(runId);
    if (channel) this.deliver(runId, channel, lines());
  }

  private deliver(runId: string, channel: Channel, lines: readonly FrameLine[]): void {
    const first = lines[0]?.seq ?? 0;
    const last = lines.at(-1)?.seq ?? 0;
    if (channel.seq === null) {
      // No follower is live yet. Followers that still read the log learn that it extends at least to this seq.
      channel.seq = last;
      return;
    }
    if (last <= channel.seq) return;
    if (first > channel.seq + 1) {
      this.hint(runId);
      return;
    }
    const known = channel.seq;
    channel.seq = last;
    const fresh = first <= known ? lines.filter((line) => line.seq > known) : lines;
    for (const follower of [...channel.live]) follower.deliver(fresh);
  }

  private hint(runId: string): void {
    if (!this.channels.has(runId)) return;
    this.hinted.add(runId);
    if (!this.fetching) void this.fetch();
  }

  private async fetch(): Promise<void> {
    this.fetching = true;
    try {
      while (this.hinted.size > 0 && !this.closed) {
        const cursors = this.cursorsOf([...this.hinted]);
        this.hinted.clear();
        if (cursors.length === 0) continue;
        for (const [runId, { lines, lagSeconds }] of await this.frames.readMany(cursors, FETCH_LIMIT)) {
          const channel = this.channels.get(runId);
          if (!channel) continue;
          if (channel.live.size > 0) this.metrics.lagSeconds.observe(lagSeconds);
          this.deliver(runId, channel, lines);
          if (lines.length === FETCH_LIMIT) this.hinted.add(runId);
        }
      }
    } catch (error) {
      this.log.warn({ err: error }, 'could not read new frames; the next poll retries');
    } finally {
      this.fetching = false;
    }
  }

  private async pollLagging(): Promise<void> {
    const cursors = this.cursorsOf([...this.channels.keys()]);
    if (cursors.length === 0) return;
    try {
      for (const runId of await this.frames.behind(cursors)) this.hint(runId);
    } catch (error) {
      this.log.warn({ err: error }, 'could not poll for new frames; the next poll retries');
    }
  }

  private cursorsOf(runIds: readonly string[]): FrameCursor[] {
    return runIds.flatMap((runId) => {
      const seq = this.channels.get(runId)?.seq;
      return seq === undefined || seq === null ? [] : [{ runId, after: seq }];
    });
  }
}
