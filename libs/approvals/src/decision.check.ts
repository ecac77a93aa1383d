import { AssentError, SUBJECT_TYPES, type Approval, type DecisionVerb, type Principal } from '@assent/contract';
import { areOnePerson, peopleBehind, requireScope } from '@assent/identity';
import { authorsOf, neededFor, requestersOf, requirementsOf, type ApprovalRecord } from './approval.record';
import { isEnough, countsForAny, type Vote } from './requirements';

export interface Intent {
  readonly decision: DecisionVerb;
  readonly hash: string;
  /** The hash is that of an earlier revision of an approval that is no longer pending. */
  readonly isPast?: boolean;
}

/**
 * All checks on a decision except the concurrency check. @returns whether this actor has cast the same vote
 * before
 * @throws AssentError forbidden, precondition_failed, gone, conflict
 */
export function checkDecision(
  principal: Principal,
  { decision, hash, isPast = false }: Intent,
  approval: ApprovalRecord,
  selfApproval: 'allow' | 'deny',
): boolean {
  requireOtherHolders(principal, approval, selfApproval);
  requireKnownSubject(approval);
  requireOtherPerson(principal, approval, selfApproval);
  requireHash(hash, approval, isPast);
  requireInTime(approval);
  if (approval.state === 'pending') {
    requireRole(principal, approval);
    if (decision === 'approve') requireOtherAuthor(principal, approval);
    return hasVoted(principal, decision, approval);
  }
  if (approval.decision === decision && approval.votes.some(isBy(principal, decision))) return true;
  if (approval.decision === decision && approval.actor === principal.subject) return true;
  throw alreadyDecided(approval);
}

/** Whether a principal may decide an approval now, and why not: the checks of a decision that need no decision. */
export function decisionRight(
  principal: Principal,
  approval: ApprovalRecord,
  selfApproval: 'allow' | 'deny',
): Approval['you'] {
  try {
    requireScope(principal, 'approval:decide');
    requireKnownSubject(approval);
    requireOtherHolders(principal, approval, selfApproval);
    requireOtherPerson(principal, approval, selfApproval);
    requireInTime(approval);
    if (approval.state !== 'pending') throw alreadyDecided(approval);
    requireRole(principal, approval);
  } catch (refusal) {
    if (!(refusal instanceof AssentError)) throw refusal;
    return { mayDecide: false, reason: refusal.message };
  }
  return { mayDecide: true, reason: null };
}

/**
 * Same checks as for a decision, because a revision determines what would be applied.
 * @throws AssentError as checkDecision
 */
export function checkRevision(
  principal: Principal,
  { hash, isPast = false }: Omit<Intent, 'decision'>,
  approval: ApprovalRecord,
  selfApproval: 'allow' | 'deny',
): void {
  requireOtherPerson(principal, approval, selfApproval);
  requireHash(hash, approval, isPast);
  requireInTime(approval);
  if (approval.state !== 'pending') throw alreadyDecided(approval);
  requireRole(principal, approval);
  if (approval.diffId === null && approval.subjectType !== 'agent_permission') {
    throw new AssentError(
      'conflict',
      `Approval ${approval.id} is about a ${approval.subjectType}, which cannot be revised. Approve or reject it as a whole.`,
    );
  }
}

/** Same people as for a decision, because a question delays the agent. @throws AssentError forbidden, gone, conflict */
export function checkQuestion(principal: Principal, approval: ApprovalRecord, selfApproval: 'allow' | 'deny'): void {
  requireOtherHolders(principal, approval, selfApproval);
  requireOtherPerson(principal, approval, selfApproval);
  requireInTime(approval);
  if (approval.state !== 'pending') throw alreadyDecided(approval);
  requireRole(principal, approval);
  if (approval.subjectType === 'agent_permission') return;
  throw new AssentError(
    'conflict',
    `Approval ${approval.id} is about a ${approval.subjectType}: only a coding agent can be asked a question. Reject it with a comment.`,
  );
}

/** The vote of a principal with its current roles. */
export function voteOf(principal: Principal, decision: DecisionVerb): Vote {
  const { subject: actor, roles, person = null, issuers = null, via = null } = principal;
  return { actor, decision, roles: [...roles], person, issuers, via };
}

/** Replaces an earlier vote of the same voter. */
export function withVote(votes: readonly Vote[], vote: Vote): Vote[] {
  return [...votes.filter(({ actor }) => actor !== vote.actor), vote];
}

function hasVoted(principal: Principal, decision: DecisionVerb, approval: ApprovalRecord): boolean {
  if (!approval.votes.some(isBy(principal, decision))) return false;
  // After an escalation the same vote may complete the quorum.
  const votes = withVote(approval.votes, voteOf(principal, decision));
  return !isEnough(neededFor(approval, votes));
}

function isBy({ subject }: Principal, decision: DecisionVerb): (vote: Vote) => boolean {
  return (vote) => vote.actor === subject && vote.decision === decision;
}

/** Only an API key has an id that identifies one credential: all built-in keys share a name, and so do all tokens. */
const KEY_PREFIX = 'key:';

/** The requester may not decide with any credential they could use, nor may anyone with the run's own credential. */
function requireOtherPerson(principal: Principal, approval: ApprovalRecord, selfApproval: 'allow' | 'deny'): void {
  const { subject, credential = '' } = principal;
  const isOwn = areOnePerson(peopleBehind(principal), requestersOf(approval));
  const isOwnCredential = credential.startsWith(KEY_PREFIX) && credential === approval.runCredential;
  if ((!isOwn && !isOwnCredential) || selfApproval === 'allow') return;
  const who = isOwn ? `"${approval.requester}"` : `The credential of "${subject}"`;
  const what = approval.runId === null ? `asked for approval ${approval.id}` : `started run ${approval.runId}`;
  const also = isOwn && subject !== approval.requester ? ' Both belong to the same person.' : '';
  throw new AssentError(
    'forbidden',
    `${who} ${what}, so that "${subject}" cannot decide it.${also} Ask another reviewer, or set SELF_APPROVAL=allow.`,
  );
}

/**
 * The holder of a key that speaks for many subjects can vote in the name of each. If a holder is the requester or the
 * author, no vote through that key counts.
 */
function requireOtherHolders(
  { holders = [], via = '' }: Principal,
  approval: ApprovalRecord,
  selfApproval: 'allow' | 'deny',
): void {
  if (selfApproval === 'allow') return;
  const [author = null] = authorsOf(approval) ?? [];
  for (const holder of holders) {
    const isRequester = areOnePerson(holder, requestersOf(approval));
    if (!isRequester && (author === null || !areOnePerson(holder, [author]))) continue;
    const what = isRequester ? 'asked for it' : `wrote its revision ${approval.revision}`;
    throw new AssentError(
      'forbidden',
      `The callback key of ${via} cannot decide approval ${approval.id}: "${holder[0]}" ${what}, and is behind that key. Decide with a credential of your own.`,
    );
  }
}

/** A newer version may have requested approval of a subject that this one cannot show. */
function requireKnownSubject({ id, subjectType }: ApprovalRecord): void {
  if ((SUBJECT_TYPES as readonly string[]).includes(subjectType)) return;
  throw new AssentError(
    'conflict',
    `Approval ${id} is about a ${subjectType}, which this replica does not know. Decide it at a replica of the newer version.`,
  );
}

function requireHash(hash: string, approval: ApprovalRecord, isPast: boolean): void {
  if (hash === approval.hash) return;
  if (isPast) {
    // Reading the diff again would not help: the approval is already decided.
    requireInTime(approval);
    throw alreadyDecided(approval);
  }
  throw new AssentError(
    'precondition_failed',
    `Approval ${approval.id} has other content. Read its diff again and decide on that hash.`,
    { hash: approval.hash, revision: approval.revision },
  );
}

function requireInTime(approval: ApprovalRecord): void {
  if (approval.state !== 'expired' && !approval.overdue) return;
  throw new AssentError(
    'gone',
    `Approval ${approval.id} expired at ${approval.expiresAt.toISOString()}. Start the run again.`,
  );
}

function requireRole({ subject, roles }: Principal, approval: ApprovalRecord): void {
  const requirements = requirementsOf(approval);
  if (countsForAny(requirements, roles)) return;
  const deciders = [...new Set(requirements.clauses.flatMap((requirement) => requirement.deciders ?? []))];
  throw new AssentError(
    'forbidden',
    `"${subject}" has none of the roles that decide approval ${approval.id}: ${deciders.join(', ')}.`,
    { roles: deciders },
  );
}

/** An author cannot approve their own content if every requirement excludes authors. */
function requireOtherAuthor(principal: Principal, approval: ApprovalRecord): void {
  const authors = authorsOf(approval);
  if (authors === null || requirementsOf(approval).clauses.some(({ authorsApprove }) => authorsApprove)) return;
  if (!areOnePerson(peopleBehind(principal), authors)) return;
  throw new AssentError(
    'forbidden',
    `"${principal.subject}" wrote revision ${approval.revision} of approval ${approval.id} and cannot approve it. Ask another reviewer.`,
  );
}

export function approvalNotFound(approvalId: string): AssentError {
  return new AssentError(
    'not_found',
    `There is no approval ${approvalId}. List them with approval/list or GET /approvals.`,
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
  return new AssentError('conflict', `Approval ${approval.id} is ${approval.state}: its run no longer waits for it.`, {
    state: approval.state,
  });
}
