import type { Frame, FrameType, RunResult } from '@assent/contract';
import type { CallOptions } from './caller';
import { AssentRunError } from './errors';
import type { FollowOptions } from './log.follower';
import type { RunStore } from './run.store';
import type { FrameOf, UnknownFrame } from './run.view';

export const TERMINAL_TYPES = ['run.completed', 'run.failed', 'run.cancelled'] as const satisfies FrameType[];
const DECISION_TYPES = ['approval.decided', 'approval.expired', 'approval.voided'] as const satisfies FrameType[];

/** How an approval of a run has ended. */
export type DecisionFrame = FrameOf<(typeof DECISION_TYPES)[number]>;

/** The source of a run's frames. */
export interface RunSource {
  frames<T extends FrameType>(runId: string, options: FollowOptions<T>): AsyncGenerator<FrameOf<T>, void, undefined>;
  storeOf(runId: string): RunStore;
}

/** A handle on one run, by its id. The run does not depend on it. */
export class Run {
  constructor(
    private readonly source: RunSource,
    readonly runId: string,
  ) {}

  /** See AssentClient.frames. */
  frames<T extends FrameType = FrameType>(options: FollowOptions<T> = {}): AsyncGenerator<FrameOf<T>, void, undefined> {
    return this.source.frames(this.runId, options);
  }

  /**
   * The run as a store: a snapshot that frames are folded into while somebody is subscribed. All views of a run at one
   * client share one connection.
   * @param frames the first frames, if they are already known
   */
  view(frames: Iterable<Frame | UnknownFrame> = []): RunStore {
    const store = this.source.storeOf(this.runId);
    store.add(frames);
    return store;
  }

  /** Resolves when the run has completed. @throws AssentRunError (failed, cancelled, forgotten); errors of `frames` */
  async result({ signal }: CallOptions = {}): Promise<RunResult> {
    for await (const frame of this.frames({ types: TERMINAL_TYPES, ...(signal ? { signal } : {}) })) {
      if (frame.type === 'run.completed' && frame.erased !== true) return frame.result;
      throw this.errorOf(frame);
    }
    throw new AssentRunError(this.runId, 'erased', `The frames of run ${this.runId} are deleted: use run/get.`);
  }

  /**
   * Resolves when the approval is decided, expires or is voided.
   * @throws AssentRunError when the run ends before that; errors of `frames`
   */
  async decided(approvalId: string, { signal }: CallOptions = {}): Promise<DecisionFrame> {
    const types = [...DECISION_TYPES, ...TERMINAL_TYPES];
    for await (const frame of this.frames({ types, ...(signal ? { signal } : {}) })) {
      if (isEnd(frame)) throw this.errorOf(frame);
      if (frame.erased !== true && frame.approvalId === approvalId) return frame;
    }
    throw new AssentRunError(this.runId, 'erased', `The frames of run ${this.runId} are deleted: use approval/get.`);
  }

  private errorOf(frame: FrameOf<(typeof TERMINAL_TYPES)[number]>): AssentRunError {
    const { runId } = this;
    if (frame.erased === true) return new AssentRunError(runId, 'erased', `Run ${runId} was forgotten.`);
    switch (frame.type) {
      case 'run.failed':
        return new AssentRunError(runId, frame.error.reason, `Run ${runId} failed: ${frame.error.message}`);
      case 'run.cancelled':
        return new AssentRunError(runId, 'cancelled', `Run ${runId} was cancelled by ${frame.actor}.`);
      case 'run.completed':
        return new AssentRunError(runId, 'completed', `Run ${runId} completed without a decision on the approval.`);
    }
  }
}

function isEnd(frame: Frame): frame is FrameOf<(typeof TERMINAL_TYPES)[number]> {
  return (TERMINAL_TYPES as readonly string[]).includes(frame.type);
}
