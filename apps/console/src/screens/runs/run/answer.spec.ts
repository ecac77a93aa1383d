import type { InputRequest } from '@assent/contract';
import { EMPTY_ANSWER, answerOf, truthsOnExpiry, withTruth } from './answer';

const REQUEST: InputRequest = {
  runId: 'r1',
  question: 'Which region?',
  assumptions: [
    { assumptionId: 'a1', text: 'west', p: 0.5 },
    { assumptionId: 'a2', text: 'east', p: 0.4 },
  ],
  onExpiry: 'likely',
  expiresAt: '2026-03-02T09:00:00.000Z',
};

describe('answerOf', () => {
  it('has only what was entered', () => {
    expect(answerOf(EMPTY_ANSWER)).toBeNull();
    expect(answerOf({ ...EMPTY_ANSWER, text: '  ' })).toBeNull();
    expect(answerOf({ truths: { a2: false }, option: 'yes', text: ' so it is ' })).toEqual({
      resolved: [{ assumptionId: 'a2', truth: false }],
      option: 'yes',
      text: 'so it is',
    });
  });
});

describe('withTruth', () => {
  it('changes one truth, or leaves it open again', () => {
    expect(withTruth({ a1: true }, 'a2', false)).toEqual({ a1: true, a2: false });
    expect(withTruth({ a1: true, a2: false }, 'a1', undefined)).toEqual({ a2: false });
  });
});

describe('truthsOnExpiry', () => {
  it.each([
    ['likely', [true, false]],
    ['true', [true, true]],
    ['false', [false, false]],
    ['unresolved', []],
  ] as const)('with %s', (onExpiry, truths) => {
    expect(truthsOnExpiry({ ...REQUEST, onExpiry }).map(({ truth }) => truth)).toEqual(truths);
  });
});
