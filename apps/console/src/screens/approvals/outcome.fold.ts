import type { Frame, FrameBody, FrameType } from '@assent/client';

/** What became of an approved change. */
export type Outcome =
  | { readonly kind: 'open' }
  | { readonly kind: 'retrying'; readonly message: string }
  | { readonly kind: 'applied'; readonly files: readonly string[]; readonly written: boolean; readonly at: string }
  | {
      readonly kind: 'stale';
      readonly files: FrameBody<'diff.stale'>['files'];
      readonly offer: FrameBody<'diff.stale'>['offer'] | null;
      readonly at: string;
    }
  | { readonly kind: 'voided'; readonly reason: string }
  | { readonly kind: 'failed'; readonly message: string };

export const OUTCOME_TYPES = [
  'approval.voided',
  'diff.applied',
  'diff.stale',
  'run.retrying',
  'run.resumed',
  'run.completed',
  'run.failed',
  'run.cancelled',
] as const satisfies readonly FrameType[];

export const OPEN: Outcome = { kind: 'open' };

/** The next outcome. @returns the same object where the frame is about something else */
export function withFrame(
  outcome: Outcome,
  frame: Frame,
  { approvalId, diffId }: { readonly approvalId: string; readonly diffId: string },
): Outcome {
  if (isFinal(outcome) || frame.erased === true) return outcome;
  switch (frame.type) {
    case 'diff.applied':
      if (frame.diffId !== diffId) return outcome;
      return { kind: 'applied', files: frame.files, written: frame.written, at: frame.at };
    case 'diff.stale':
      if (frame.diffId !== diffId) return outcome;
      return { kind: 'stale', files: frame.files, offer: frame.offer ?? null, at: frame.at };
    case 'approval.voided':
      return frame.approvalId === approvalId ? { kind: 'voided', reason: frame.reason } : outcome;
    case 'run.retrying':
      return { kind: 'retrying', message: frame.error.message };
    case 'run.resumed':
      return outcome.kind === 'retrying' ? OPEN : outcome;
    case 'run.failed':
      return { kind: 'failed', message: frame.error.message };
    case 'run.cancelled':
      return { kind: 'failed', message: frame.reason ?? frame.type };
    default:
      return outcome;
  }
}

export function isFinal({ kind }: Outcome): boolean {
  return kind !== 'open' && kind !== 'retrying';
}
