import { Injectable } from '@nestjs/common';
import { AssentError, TERMINAL_FRAME_TYPES, isTerminal } from '@assent/contract';
import { FrameHub, type FrameFollower } from './frame.hub';
import type { FrameLine } from './frame.line';
import { FrameRepository } from './frame.repository';

export interface FramePage {
  readonly lines: readonly FrameLine[];
  /** seq after which the next page starts. */
  readonly cursor: number;
  /** seq of the newest frame. */
  readonly tail: number;
  /** The run has ended, and no frames are left to read. */
  readonly done: boolean;
}

export interface PageRequest {
  readonly after: number;
  /** Frame types to pass on; empty: all. */
  readonly types: ReadonlySet<string>;
  readonly limit: number;
  /** How long to wait when there are no frames yet. */
  readonly waitMs: number;
  /** Aborted when the client disconnects. */
  readonly signal: AbortSignal;
}

/** Pages of a run's frames, with a long-poll at the head. */
@Injectable()
export class FramePages {
  constructor(
    private readonly hub: FrameHub,
    private readonly frames: FrameRepository,
  ) {}

  /**
   * @returns undefined when the tenant has no such run
   * @throws AssentError invalid (cursor beyond the head), gone (the frames after the cursor were deleted)
   */
  async page(tenantId: string, runId: string, request: PageRequest): Promise<FramePage | undefined> {
    const deadline = Date.now() + request.waitMs;
    const waiter = new FrameWaiter(this.hub, runId);
    try {
      for (let after = request.after; ;) {
        const opened = await this.frames.open(tenantId, runId, after, request.limit);
        if (!opened) return undefined;
        requireWithin(runId, opened.tail, after);
        requireNoGap(runId, opened.tail, after, opened.lines);
        const page = pageOf(opened.lines, opened.tail, after, isTerminal(opened.state), request.types);
        if (isFinalPage(page, deadline, request, waiter)) return page;
        after = page.cursor;
        if (after < page.tail) continue;
        for (;;) {
          const lines = await waiter.next(after, deadline - Date.now(), request);
          const fresh = pageOf(lines, lines.at(-1)?.seq ?? after, after, false, request.types);
          if (isFinalPage(fresh, deadline, request, waiter)) return fresh;
          after = fresh.cursor;
          if (lines.length === 0) break;
        }
      }
    } finally {
      waiter.close();
    }
  }
}

function isFinalPage(page: FramePage, deadline: number, { signal }: PageRequest, { closed }: FrameWaiter): boolean {
  return page.lines.length > 0 || page.done || closed || signal.aborted || Date.now() >= deadline;
}

function pageOf(
  read: readonly FrameLine[],
  tail: number,
  after: number,
  ended: boolean,
  types: ReadonlySet<string>,
): FramePage {
  const cursor = read.at(-1)?.seq ?? after;
  const over = ended || read.some((line) => TERMINAL_FRAME_TYPES.has(line.type));
  const lines = types.size === 0 ? read : read.filter((line) => types.has(line.type));
  return { lines, cursor, tail, done: over && cursor >= tail };
}

/**
 * Waits for the next frames of a run. It registers before the read, so that it misses no frame committed in between.
 */
class FrameWaiter implements FrameFollower {
  private readonly unwatch: () => void;
  private wake: (() => void) | null = null;
  /** Frames in order that no page has returned yet. */
  private arrived: FrameLine[] = [];
  /** The replica is shutting down: waiting readers get the frames read so far. */
  closed = false;

  constructor(
    private readonly hub: FrameHub,
    private readonly runId: string,
  ) {
    this.unwatch = hub.watch(runId, this);
  }

  /** The frames that arrive after `seq`; empty at the timeout, or when the frames must be read from the log. */
  next(seq: number, waitMs: number, { signal, limit }: PageRequest): Promise<readonly FrameLine[]> {
    return new Promise((resolve) => {
      const finish = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', finish);
        this.wake = null;
        const fresh = this.arrived.filter((line) => line.seq > seq);
        this.arrived = fresh.slice(limit);
        resolve(fresh.slice(0, limit));
      };
      const timer = setTimeout(finish, waitMs);
      signal.addEventListener('abort', finish, { once: true });
      this.wake = finish;
      const isOver = this.closed || signal.aborted || this.arrived.some((line) => line.seq > seq);
      if (isOver || !this.hub.join(this.runId, this, seq)) finish();
    });
  }

  deliver(lines: readonly FrameLine[]): void {
    this.arrived.push(...lines);
    this.wake?.();
  }

  close(): void {
    this.closed = true;
    this.unwatch();
    this.wake?.();
  }
}

/** @throws AssentError invalid */
export function requireWithin(runId: string, tail: number, after: number): void {
  if (after <= tail) return;
  throw new AssentError('invalid', `Run ${runId} has ${tail} frames: the cursor ${after} is beyond its head.`, {
    pointer: '/after',
    tail,
  });
}

function requireNoGap(runId: string, tail: number, after: number, read: readonly FrameLine[]): void {
  const earliest = read[0]?.seq ?? (after < tail ? tail + 1 : after + 1);
  if (earliest === after + 1) return;
  const lost = `Frames ${after + 1} to ${earliest - 1} of run ${runId} were deleted by retention`;
  throw new AssentError('gone', `${lost}. Continue after ${earliest - 1}.`, { earliest });
}
