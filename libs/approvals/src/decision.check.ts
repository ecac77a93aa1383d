import { AssentError, type Approval, type DecisionVerb, type Principal } from '@assent/contract';
import { termsOf, toWireApproval, type ApprovalRecord } from './approval.record';
import { isEnough, mayVote, needed, type Vote } from './terms';

export interface Intent {
  readonly decision: DecisionVerb;
  readonly hash: string;
}

/**
 * Everything about a decision but the race. @returns the approval as it is when this actor has said the same before
 * @throws AssentError forbidden, precondition_failed, gone, conflict
 */
export function checkDecision(
  principal: Principal,
  { decision, hash }: Intent,
  approval: ApprovalRecord,
  selfApproval: 'allow' | 'deny',
): Approval | null {
  requireOther(principal, approval, selfApproval);
  requireHash(hash, approval);
  requireInTime(approval);
  if (approval.state === 'pending') {
    requireRole(principal, approval);
    if (decision === 'approve') requireForeign(principal, approval);
    return hasSaid(principal, decision, approval) ? toWireApproval(approval) : null;
  }
  if (approval.decision === decision && approval.votes.some(isBy(principal, decision))) return toWireApproval(approval);
  if (approval.decision === decision && approval.actor === principal.subject) return toWireApproval(approval);
  throw alreadyDecided(approval);
}

/** As a decision: whoever revises says what may be done. @throws AssentError as checkDecision */
export function checkRevision(
  principal: Principal,
  hash: string,
  approval: ApprovalRecord,
  selfApproval: 'allow' | 'deny',
): void {
  requireOther(principal, approval, selfApproval);
  requireHash(hash, approval);
  requireInTime(approval);
  if (approval.state !== 'pending') throw alreadyDecided(approval);
  requireRole(principal, approval);
  if (approval.diffId === null) {
    throw new AssentError(
      'conflict',
      `Approval ${approval.id} is about a ${approval.subjectType}, which is decided as it is.`,
    );
  }
}

/** The word of a principal as it counts now. */
export function voteOf(principal: Principal, decision: DecisionVerb): Vote {
  return { actor: principal.subject, decision, roles: [...principal.roles], person: principal.person ?? null };
}

/** With the word of this voter in the place of an earlier one. */
export function withVote(votes: readonly Vote[], vote: Vote): Vote[] {
  return [...votes.filter(({ actor }) => actor !== vote.actor), vote];
}

function hasSaid(principal: Principal, decision: DecisionVerb, approval: ApprovalRecord): boolean {
  if (!approval.votes.some(isBy(principal, decision))) return false;
  // After an escalation the same word may be enough.
  const votes = withVote(approval.votes, voteOf(principal, decision));
  return !isEnough(needed(termsOf(approval), votes, approval.author));
}

function isBy({ subject }: Principal, decision: DecisionVerb): (vote: Vote) => boolean {
  return (vote) => vote.actor === subject && vote.decision === decision;
}

/** Only the id of an API key tells one credential from another: all built-in keys, and all tokens, are called the same. */
const KEY_PREFIX = 'key:';

/** Neither whoever asked, nor the credential that the run works with, whoever has it. */
function requireOther(principal: Principal, approval: ApprovalRecord, selfApproval: 'allow' | 'deny'): void {
  const { subject, credential = '', person = subject } = principal;
  const isOwn = isOf(approval.requester, subject) || isOf(approval.requester, person);
  const isOwnCredential = credential.startsWith(KEY_PREFIX) && credential === approval.runCredential;
  if ((!isOwn && !isOwnCredential) || selfApproval === 'allow') return;
  const who = isOwn ? `"${approval.requester}"` : `The credential of "${subject}"`;
  const what = approval.runId === null ? `asked for approval ${approval.id}` : `started run ${approval.runId}`;
  throw new AssentError(
    'forbidden',
    `${who} ${what}, so that "${subject}" cannot decide it: ask another reviewer, or set SELF_APPROVAL=allow.`,
  );
}

/** A name below another one (`ann/ci`) is that of somebody's helper: whoever has the one may give themselves the other. */
function isOf(requester: string, subject: string): boolean {
  return requester === subject || requester.startsWith(`${subject}/`);
}

function requireHash(hash: string, approval: ApprovalRecord): void {
  if (hash === approval.hash) return;
  throw new AssentError(
    'precondition_failed',
    `Approval ${approval.id} is about other content: read its diff again and decide on that hash.`,
    { hash: approval.hash, revision: approval.revision },
  );
}

function requireInTime(approval: ApprovalRecord): void {
  if (approval.state !== 'expired' && !approval.overdue) return;
  throw new AssentError(
    'gone',
    `Approval ${approval.id} expired at ${approval.expiresAt.toISOString()}: start the run again.`,
  );
}

function requireRole({ subject, roles }: Principal, approval: ApprovalRecord): void {
  const terms = termsOf(approval);
  if (mayVote(terms, roles)) return;
  const deciders = [...new Set(terms.clauses.flatMap((clause) => clause.deciders ?? []))];
  throw new AssentError(
    'forbidden',
    `"${subject}" has none of the roles that decide approval ${approval.id}: ${deciders.join(', ')}.`,
    { roles: deciders },
  );
}

/** Whoever wrote the content is not asked about it where every demand says so. */
function requireForeign({ subject, person = subject }: Principal, approval: ApprovalRecord): void {
  if (approval.author !== person || termsOf(approval).clauses.some(({ authorsApprove }) => authorsApprove)) return;
  throw new AssentError(
    'forbidden',
    `"${person}" wrote revision ${approval.revision} of approval ${approval.id} and cannot approve it: ask another reviewer.`,
  );
}

export function approvalNotFound(approvalId: string): AssentError {
  return new AssentError(
    'not_found',
    `There is no approval ${approvalId}: list them with approval/list or GET /approvals.`,
  );
}

function alreadyDecided(approval: ApprovalRecord): AssentError {
  if (approval.decision && approval.actor && approval.decidedAt) {
    const winner = { decision: approval.decision, actor: approval.actor, at: approval.decidedAt.toISOString() };
    return new AssentError(
      'conflict',
      `Approval ${approval.id} is ${approval.state} already, by "${winner.actor}" at ${winner.at}: nothing was changed.`,
      { winner, state: approval.state },
    );
  }
  return new AssentError('conflict', `Approval ${approval.id} is ${approval.state}: nobody waits for it any longer.`, {
    state: approval.state,
  });
}
