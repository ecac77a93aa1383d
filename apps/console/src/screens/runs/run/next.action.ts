import type { Outcome } from '@assent/contract';
import type { RunView } from '@assent/client';

/** What a run needs from a person next; everything else that is possible is secondary. */
export type NextAction =
  | { readonly kind: 'review'; readonly approvalId: string }
  | { readonly kind: 'answer'; readonly requestId: string }
  /** A client answers; a person can only wait or cancel. */
  | { readonly kind: 'client' }
  | { readonly kind: 'complete' }
  | { readonly kind: 'cancel' }
  | { readonly kind: 'none' };

const NONE: NextAction = { kind: 'none' };

/**
 * @param outcome as the server has recorded it: frames that say so may be deleted
 * @param isScrubbed the view is of an earlier moment, in which nothing can be decided
 */
export function nextActionOf(view: RunView, outcome: Outcome | null, isScrubbed: boolean): NextAction {
  if (isScrubbed) return NONE;
  switch (view.state) {
    case 'completed':
    case 'failed':
    case 'cancelled':
      return outcome !== null || view.recorded !== null || view.isErased ? NONE : { kind: 'complete' };
    case 'waiting':
      return waitingAction(view);
    case 'queued':
    case 'running':
      return { kind: 'cancel' };
  }
}

export function isActive({ state }: Pick<RunView, 'state'>): boolean {
  return state === 'queued' || state === 'running' || state === 'waiting';
}

function waitingAction({ waiting, approval, requests }: RunView): NextAction {
  if (waiting?.for === 'approval' && approval?.state === 'pending') {
    return { kind: 'review', approvalId: approval.approvalId };
  }
  if (waiting?.for === 'client_tool') return { kind: 'client' };
  const question = requests.find(({ method }) => method === 'input/request');
  return question ? { kind: 'answer', requestId: question.id } : { kind: 'cancel' };
}
