import {
  EMPTY_INBOX,
  bulkOf,
  filterOf,
  isBulkable,
  withAnswer,
  withEvent,
  withPage,
  withReread,
  withTick,
} from './inbox.state';
import { approvalOf, eventOf } from './testing/approvals';

const OTHER_HASH = `sha256:${'2'.repeat(64)}`;
const two = withPage(EMPTY_INBOX, [approvalOf(), approvalOf({ approvalId: 'a2' })]);
const ids = (state: typeof two) => state.rows.map(({ approval }) => approval.approvalId);

describe('filterOf', () => {
  it('reads the address', () => {
    expect(filterOf(new URLSearchParams())).toEqual({ state: 'pending', order: 'created' });
    expect(filterOf(new URLSearchParams('state=all&tool=file.write&risk=large&mine=1&order=expires&q=%20x '))).toEqual({
      tool: 'file.write',
      risk: 'large',
      decidable: true,
      order: 'expires',
      q: 'x',
    });
  });
});

describe('the inbox', () => {
  it('keeps the position of a row when a page brings it again', () => {
    expect(ids(withPage(two, [approvalOf({ approvalId: 'a2' }), approvalOf({ approvalId: 'a3' })]))).toEqual([
      'a1',
      'a2',
      'a3',
    ]);
  });

  it('counts new approvals and moves no row', () => {
    const state = withEvent(two, eventOf({ approvalId: 'a9' }));
    expect(ids(state)).toEqual(['a1', 'a2']);
    expect([...state.arrived]).toEqual(['a9']);
    expect(withEvent(state, eventOf({ approvalId: 'a9', state: 'approved' })).arrived.size).toBe(0);
  });

  it('changes a row in its place', () => {
    const decided = withEvent(two, eventOf({ type: 'approval.decided', state: 'approved' }));
    expect(ids(decided)).toEqual(['a1', 'a2']);
    expect(decided.rows[0]).toMatchObject({ approval: { state: 'approved' }, isChanged: false });
    const revised = withEvent(two, eventOf({ type: 'approval.revised', hash: OTHER_HASH, revision: 2 }));
    expect(revised.rows[0]).toMatchObject({ approval: { hash: OTHER_HASH, revision: 2 }, isChanged: true });
  });

  it('ignores an event about an earlier revision', () => {
    const state = withPage(EMPTY_INBOX, [approvalOf({ revision: 2, hash: OTHER_HASH })]);
    expect(withEvent(state, eventOf()).rows[0]?.approval.hash).toBe(OTHER_HASH);
  });

  it('has a row once when an event came before its page', () => {
    const state = withPage(withEvent(two, eventOf({ approvalId: 'a3' })), [approvalOf({ approvalId: 'a3' })]);
    expect(ids(state)).toEqual(['a1', 'a2', 'a3']);
    expect(state.arrived.size).toBe(0);
  });

  it('keeps its order when it is read again, counts what is new and leaves out what is gone', () => {
    const three = withPage(two, [approvalOf({ approvalId: 'a3' })]);
    const list = [approvalOf({ approvalId: 'a9' }), approvalOf({ approvalId: 'a3', hash: OTHER_HASH }), approvalOf()];
    const state = withReread(three, list);
    expect(ids(state)).toEqual(['a1', 'a3']);
    expect(state.rows.map(({ isChanged }) => isChanged)).toEqual([false, true]);
    expect([...state.arrived]).toEqual(['a9']);
  });

  it('shows the answer to a decision in its row', () => {
    expect(withAnswer(two, approvalOf({ state: 'rejected' })).rows[0]?.approval.state).toBe('rejected');
  });
});

describe('decisions on several', () => {
  it('leave out what needs a page of its own', () => {
    const row = (patch: Parameters<typeof approvalOf>[0]) => ({ approval: approvalOf(patch), isChanged: false });
    expect(isBulkable(row({}))).toBe(true);
    expect(isBulkable(row({ risks: ['large'] }))).toBe(true);
    for (const risk of ['irreversible', 'external', 'hidden', 'tainted'] as const) {
      expect(isBulkable(row({ risks: [risk] }))).toBe(false);
    }
    expect(isBulkable(row({ state: 'approved' }))).toBe(false);
    expect(isBulkable(row({ you: { mayDecide: false, reason: 'own' } }))).toBe(false);
    expect(isBulkable(row({ subject: { type: 'tool_trust', id: 't' } }))).toBe(false);
    expect(isBulkable({ approval: approvalOf(), isChanged: true })).toBe(false);
  });

  it('name the hashes of the rows that can still be decided', () => {
    const ticked = new Set(['a1', 'a2']);
    expect(bulkOf(two, ticked)).toHaveLength(2);
    const revised = withEvent(two, eventOf({ type: 'approval.revised', hash: OTHER_HASH, revision: 2 }));
    expect(bulkOf(revised, ticked).map(({ approvalId }) => approvalId)).toEqual(['a2']);
  });

  it('are at most 50', () => {
    const full = new Set(Array.from({ length: 50 }, (_, index) => `x${index}`));
    expect(withTick(full, 'a1').size).toBe(50);
    expect(withTick(full, 'x1').size).toBe(49);
  });
});
