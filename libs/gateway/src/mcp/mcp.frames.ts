import { ERROR_REASONS, type Frame, type FrameType } from '@assent/contract';

export type FrameOf<T extends FrameType> = Extract<Frame, { readonly type: T }>;

export function lastOf<T extends FrameType>(frames: readonly Frame[], type: T): FrameOf<T> | undefined {
  return frames.findLast((frame): frame is FrameOf<T> => frame.type === type);
}

/** Whether a run that failed for this reason may succeed in another attempt. */
export function isRetryable(reason: string): boolean {
  return Object.hasOwn(ERROR_REASONS, reason) && ERROR_REASONS[reason as keyof typeof ERROR_REASONS].retryable;
}
