import { EMPTY_VIEW, viewOf, type RunView, type UnknownFrame } from '@assent/client';
import type { Frame } from '@assent/contract';

export type LogFrame = Frame | UnknownFrame;

/** Frames between two stored views: any moment is at most this many reductions away from one. */
export const CHECKPOINT_EVERY = 500;

/** The frames of one run in order, with the view after each of them. */
export class FrameLog {
  private readonly stored: LogFrame[] = [];
  /** `checkpoints[i]` is the view after `(i + 1) * CHECKPOINT_EVERY` frames. */
  private readonly checkpoints: RunView[] = [];
  private newest: RunView = EMPTY_VIEW;
  /** The moment that was asked for last: the next one is usually beside it. */
  private visited = { count: 0, view: EMPTY_VIEW };

  get frames(): readonly LogFrame[] {
    return this.stored;
  }

  /** After the newest frame. */
  get view(): RunView {
    return this.newest;
  }

  /** seq of the oldest frame that is here; 0 without frames. */
  get first(): number {
    return this.stored[0]?.seq ?? 0;
  }

  /** Adds the frames that follow the newest one; others are here already. */
  append(frames: Iterable<LogFrame>): void {
    let unfolded: LogFrame[] = [];
    const fold = (): void => {
      this.newest = viewOf(unfolded, this.newest);
      unfolded = [];
    };
    for (const frame of frames) {
      if (frame.seq <= (this.stored.at(-1)?.seq ?? 0)) continue;
      this.stored.push(frame);
      unfolded.push(frame);
      if (this.stored.length % CHECKPOINT_EVERY !== 0) continue;
      fold();
      this.checkpoints.push(this.newest);
    }
    fold();
  }

  /** How many frames have a seq of at most this. */
  countTo(seq: number): number {
    let low = 0;
    let high = this.stored.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.stored[middle]?.seq ?? Infinity) <= seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The view as it was after the frame with this seq. */
  at(seq: number): RunView {
    const count = this.countTo(seq);
    if (count === this.stored.length) return this.newest;
    const start = this.nearest(count);
    const view = viewOf(this.stored.slice(start.count, count), start.view);
    this.visited = { count, view };
    return view;
  }

  private nearest(count: number): { readonly count: number; readonly view: RunView } {
    const index = Math.floor(count / CHECKPOINT_EVERY);
    const checkpoint = { count: index * CHECKPOINT_EVERY, view: this.checkpoints[index - 1] ?? EMPTY_VIEW };
    const { visited } = this;
    return visited.count <= count && visited.count > checkpoint.count ? visited : checkpoint;
  }
}

/** seq of the last frame of a step; null: the step has none. */
export function lastSeqOf(frames: readonly LogFrame[], step: number): number | null {
  for (let index = frames.length - 1; index >= 0; index -= 1) {
    const frame = frames[index];
    if (frame?.step === step) return frame.seq;
  }
  return null;
}
