import { asksForCount, barOf, blockersOf, decide, decisionOf, type DecisionEvent } from './decision.state';
import { approvalOf } from './testing/approvals';

const REVIEWER = { subject: 'reviewer', mayDecide: true };
const OTHER_HASH = `sha256:${'2'.repeat(64)}`;
const pending = approvalOf();
const revised = approvalOf({ hash: OTHER_HASH, revision: 2, diffId: 'd2', author: 'other' });
const byOther = approvalOf({
  state: 'rejected',
  you: { mayDecide: false, reason: 'decided already' },
  decision: { decision: 'reject', actor: 'other', hash: pending.hash, comment: null, at: pending.createdAt },
});

function after(...events: readonly DecisionEvent[]) {
  return events.reduce(decide, decisionOf(pending));
}

describe('a decision', () => {
  it('is ready on the content that is on the screen', () => {
    expect(barOf(after(), REVIEWER)).toEqual({ kind: 'ready' });
  });

  it('keeps the old content on the screen when the approval changes, with the dialog open', () => {
    const state = after({ type: 'opened', verb: 'approve' }, { type: 'read', approval: revised });
    expect(state).toMatchObject({ dialog: 'approve', shown: { hash: pending.hash } });
    expect(barOf(state, REVIEWER)).toEqual({ kind: 'changed' });
  });

  it('is ready again once the new content is shown, with the dialog closed', () => {
    const state = after(
      { type: 'opened', verb: 'approve' },
      { type: 'read', approval: revised },
      { type: 'shown', approval: revised },
    );
    expect(state.dialog).toBeNull();
    expect(barOf(state, REVIEWER)).toEqual({ kind: 'ready' });
  });

  it('explains a refusal by the approval as it is now', () => {
    const error = new Error('412');
    const moved = after({ type: 'sent', verb: 'approve' }, { type: 'refused', error, approval: revised });
    expect(moved).toMatchObject({ problem: null, inFlight: null });
    expect(barOf(moved, REVIEWER)).toEqual({ kind: 'changed' });
    const lost = after({ type: 'sent', verb: 'approve' }, { type: 'refused', error, approval: byOther });
    expect(lost.problem).toBeNull();
    expect(barOf(lost, REVIEWER)).toEqual({ kind: 'decided', isMine: false });
  });

  it('keeps a refusal that the approval does not explain', () => {
    const error = new Error('the server cannot be reached');
    const state = after({ type: 'sent', verb: 'approve' }, { type: 'refused', error, approval: null });
    expect(state.problem).toBe(error);
    expect(barOf(state, REVIEWER)).toEqual({ kind: 'ready' });
  });

  it('ignores an answer that is older than what is known', () => {
    expect(after({ type: 'read', approval: byOther }, { type: 'read', approval: pending }).latest).toBe(byOther);
    expect(after({ type: 'read', approval: revised }, { type: 'read', approval: pending }).latest).toBe(revised);
  });

  it('closes nothing while a decision is in flight', () => {
    const state = after(
      { type: 'opened', verb: 'approve' },
      { type: 'sent', verb: 'approve' },
      { type: 'closed' },
      { type: 'opened', verb: 'reject' },
    );
    expect(state.dialog).toBe('approve');
  });

  it('belongs to the person who made it', () => {
    const approved = approvalOf({ state: 'approved' });
    const state = after({ type: 'sent', verb: 'approve' }, { type: 'answered', approval: approved });
    expect(state).toMatchObject({ dialog: null, inFlight: null });
    expect(barOf(state, REVIEWER)).toEqual({ kind: 'decided', isMine: true });
  });

  it('counts as a vote while more people are needed', () => {
    const vote = { decision: 'approve' as const, actor: 'reviewer', hash: pending.hash, comment: null, at: '' };
    const state = after({ type: 'answered', approval: approvalOf({ votes: [vote] }) });
    expect(barOf(state, REVIEWER)).toEqual({ kind: 'voted', decision: 'approve' });
  });

  it('is left to others on an own run, also by a sub-identity', () => {
    const own = approvalOf({ requester: 'ann/ci', you: { mayDecide: false, reason: 'own run' } });
    expect(barOf(decisionOf(own), { subject: 'ann', mayDecide: true })).toEqual({ kind: 'own' });
    expect(barOf(decisionOf(own), { subject: 'anna', mayDecide: true })).toEqual({
      kind: 'refused',
      reason: 'own run',
    });
  });

  it('ends with the approval', () => {
    expect(barOf(decisionOf(approvalOf({ state: 'expired' })), REVIEWER)).toEqual({ kind: 'ended' });
  });
});

describe('blockersOf', () => {
  const free = { isWhole: true, addsHidden: false, isAcknowledged: false, isNothingChosen: false };

  it('blocks until the whole patch is there, hidden characters are acknowledged and a part is chosen', () => {
    expect(blockersOf(free)).toEqual([]);
    expect(blockersOf({ ...free, isWhole: false })).toEqual(['patch']);
    expect(blockersOf({ ...free, addsHidden: true })).toEqual(['hidden']);
    expect(blockersOf({ ...free, addsHidden: true, isAcknowledged: true })).toEqual([]);
    expect(blockersOf({ ...free, isNothingChosen: true })).toEqual(['parts']);
  });

  it('asks for the number of files where a mistake cannot be undone or is hidden', () => {
    expect(asksForCount(['large'])).toBe(false);
    expect(asksForCount(['irreversible'])).toBe(true);
    expect(asksForCount(['hidden'])).toBe(true);
  });
});
