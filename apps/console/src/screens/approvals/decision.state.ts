import type { Approval, DecisionVerb, Diff, Risk } from '@assent/client';

/** The decision on one approval as a person sees it. Only answers of the server move it, and nothing is sent by itself. */
export interface DecisionState {
  /** The approval whose content is on the screen: a decision names its hash. */
  readonly shown: Approval;
  /** The approval as the server has it. */
  readonly latest: Approval;
  readonly dialog: DecisionVerb | null;
  readonly inFlight: DecisionVerb | null;
  /** The answer to a decision that was made here. */
  readonly answer: Approval | null;
  /** A refusal that the approval itself does not explain. */
  readonly problem: unknown;
}

export type DecisionEvent =
  | { readonly type: 'read'; readonly approval: Approval }
  | { readonly type: 'shown'; readonly approval: Approval }
  | { readonly type: 'opened'; readonly verb: DecisionVerb }
  | { readonly type: 'closed' }
  | { readonly type: 'sent'; readonly verb: DecisionVerb }
  | { readonly type: 'answered'; readonly approval: Approval }
  | { readonly type: 'refused'; readonly error: unknown; readonly approval: Approval | null };

export interface Viewer {
  readonly subject: string;
  readonly mayDecide: boolean;
}

export type Bar =
  | { readonly kind: 'ready' }
  | { readonly kind: 'changed' }
  | { readonly kind: 'voted'; readonly decision: DecisionVerb }
  | { readonly kind: 'decided'; readonly isMine: boolean }
  | { readonly kind: 'ended' }
  | { readonly kind: 'own' }
  | { readonly kind: 'refused'; readonly reason: string | null };

export type Blocker = 'patch' | 'hidden' | 'parts';

export function decisionOf(approval: Approval): DecisionState {
  return { shown: approval, latest: approval, dialog: null, inFlight: null, answer: null, problem: null };
}

export function decide(state: DecisionState, event: DecisionEvent): DecisionState {
  switch (event.type) {
    case 'read':
      return withLatest(state, event.approval);
    case 'shown':
      return { ...withLatest(state, event.approval), shown: event.approval, dialog: null, problem: null };
    case 'opened':
      return state.inFlight ? state : { ...state, dialog: event.verb, problem: null };
    case 'closed':
      return state.inFlight ? state : { ...state, dialog: null, problem: null };
    case 'sent':
      return { ...state, inFlight: event.verb, problem: null };
    case 'answered':
      return { ...withLatest(state, event.approval), dialog: null, inFlight: null, answer: event.approval };
    case 'refused': {
      const next = event.approval ? withLatest(state, event.approval) : state;
      return { ...next, inFlight: null, problem: isMoved(next) ? null : event.error };
    }
  }
}

/** What the bar below the change says, and so what can be done. */
export function barOf(state: DecisionState, viewer: Viewer): Bar {
  const { shown, latest, answer } = state;
  if (latest.state === 'approved' || latest.state === 'rejected') {
    return { kind: 'decided', isMine: answer !== null || latest.decision?.actor === viewer.subject };
  }
  if (latest.state !== 'pending') return { kind: 'ended' };
  if (latest.hash !== shown.hash) return { kind: 'changed' };
  if (!latest.you.mayDecide && areRelated(latest.requester, viewer.subject)) return { kind: 'own' };
  if (!viewer.mayDecide || !latest.you.mayDecide) return { kind: 'refused', reason: latest.you.reason };
  const vote = latest.votes.find(({ actor }) => actor === viewer.subject);
  return vote ? { kind: 'voted', decision: vote.decision } : { kind: 'ready' };
}

/** What has to happen before the content on the screen can be approved. */
export function blockersOf(content: {
  readonly isWhole: boolean;
  readonly addsHidden: boolean;
  readonly isAcknowledged: boolean;
  readonly isNothingChosen: boolean;
}): readonly Blocker[] {
  return [
    ...(content.isWhole ? [] : (['patch'] as const)),
    ...(content.addsHidden && !content.isAcknowledged ? (['hidden'] as const) : []),
    ...(content.isNothingChosen ? (['parts'] as const) : []),
  ];
}

/** Characters that the change adds and a reader does not see. */
export function addedFlags({ flags }: Pick<Diff, 'flags'>): Diff['flags'] {
  return flags.filter(({ added }) => added);
}

/** Whether the number of files has to be typed: a decision that nobody makes by habit. */
export function asksForCount(risks: readonly Risk[]): boolean {
  return risks.includes('irreversible') || risks.includes('hidden');
}

/** Under which a comment is kept until it is sent. */
export function commentKey(approvalId: string): string {
  return `approval.${approvalId}.comment`;
}

/** `ann/ci` is a sub-identity of `ann`. */
export function areRelated(left: string, right: string): boolean {
  return left === right || left.startsWith(`${right}/`) || right.startsWith(`${left}/`);
}

/** Answers can arrive out of order: an older one changes nothing. */
function withLatest(state: DecisionState, approval: Approval): DecisionState {
  const { latest } = state;
  const isOlder = approval.revision < latest.revision || (approval.state === 'pending' && latest.state !== 'pending');
  return isOlder ? state : { ...state, latest: approval };
}

function isMoved({ shown, latest }: DecisionState): boolean {
  return latest.state !== 'pending' || latest.hash !== shown.hash;
}
