import fc from 'fast-check';
import type { Clause } from '@assent/contract';
import {
  DEFAULT_TERMS,
  combined,
  escalated,
  isEnough,
  mayVote,
  needed,
  quorumOf,
  type Terms,
  type Vote,
} from './terms';

const clause = (changes: Partial<Clause> = {}): Clause => ({
  ...{ rule: 'r', version: '1', deciders: null, roles: [], quorum: 1, authorsApprove: true },
  ...changes,
});
const terms = (...clauses: Clause[]): Terms => ({ clauses, onExpiry: 'fail', agenda: [] });
const vote = (actor: string, ...roles: string[]): Vote => ({ actor, decision: 'approve', roles });

describe('needed', () => {
  it.each<[string, Terms, Vote[], { people: number; roles: string[] }]>([
    ['one decision when nothing is said', DEFAULT_TERMS, [], { people: 1, roles: [] }],
    ['nothing more after it', DEFAULT_TERMS, [vote('ann')], { people: 0, roles: [] }],
    ['distinct people', terms(clause({ quorum: 2 })), [vote('ann'), vote('ann')], { people: 1, roles: [] }],
    [
      'distinct people behind the callbacks that they have issued keys for',
      terms(clause({ quorum: 2 })),
      [vote('ann'), { ...vote('webhook:1'), person: 'ann' }],
      { people: 1, roles: [] },
    ],
    ['every role', terms(clause({ roles: ['x', 'y'] })), [vote('ann', 'x')], { people: 1, roles: ['y'] }],
    [
      'one person for two roles',
      terms(clause({ roles: ['x', 'y'] })),
      [vote('ann', 'x', 'y')],
      { people: 0, roles: [] },
    ],
    ['deciders only', terms(clause({ deciders: ['lead'] })), [vote('ann', 'dev')], { people: 1, roles: [] }],
    [
      'every clause',
      terms(clause(), clause({ rule: 's', deciders: ['lead'] })),
      [vote('ann')],
      { people: 1, roles: [] },
    ],
    ['others than the author', terms(clause({ authorsApprove: false })), [vote('author')], { people: 1, roles: [] }],
  ])('wants %s', (_, given, votes, missing) => {
    expect(needed(given, votes, 'author')).toEqual(missing);
  });

  it('never counts a rejection, and is never satisfied by fewer people than the quorum', () => {
    const votes = fc.array(
      fc.record({
        actor: fc.constantFrom('ann', 'bob', 'cyn'),
        decision: fc.constantFrom('approve' as const, 'reject' as const),
        roles: fc.subarray(['x', 'y']),
      }),
    );
    fc.assert(
      fc.property(votes, fc.integer({ min: 1, max: 3 }), fc.subarray(['x', 'y']), (given, quorum, roles) => {
        const demand = terms(clause({ quorum, roles }));
        const people = new Set(given.filter(({ decision }) => decision === 'approve').map(({ actor }) => actor));
        if (isEnough(needed(demand, given, null))) expect(people.size).toBeGreaterThanOrEqual(quorumOf(demand));
        const only = given.filter(({ decision }) => decision === 'approve');
        expect(needed(demand, given, null)).toEqual(needed(demand, only, null));
      }),
    );
  });
});

describe('what changes terms', () => {
  const item = { kind: 'escalate' as const, afterSeconds: 5, rule: 'r', deciders: ['ops'], roles: [] };

  it('lets further roles decide after an escalation, of its own clause only', () => {
    const other = clause({ rule: 's', deciders: ['lead'], roles: ['lead'] });
    const after = escalated(terms(clause({ deciders: ['lead'], roles: ['lead'] }), other), item);
    expect(after.clauses).toEqual([clause({ deciders: ['lead', 'ops'], roles: [] }), other]);
    expect([mayVote(after, new Set(['ops'])), mayVote(after, new Set(['dev']))]).toEqual([true, false]);
  });

  it('keeps every demand when a revision is asked about anew, and what is over of the agenda stays over', () => {
    const remind = { kind: 'remind' as const, afterSeconds: 9 };
    const first: Terms = {
      clauses: [clause()],
      onExpiry: 'continue',
      agenda: [{ ...remind, afterSeconds: 1 }, remind],
    };
    const second: Terms = { clauses: [clause({ rule: 's' })], onExpiry: 'fail', agenda: [{ ...item, rule: 's' }] };
    expect(combined(first, second, 1)).toEqual({
      clauses: [clause(), clause({ rule: 's' })],
      onExpiry: 'fail',
      agenda: [{ ...remind, afterSeconds: 1 }, { ...item, rule: 's' }, remind],
    });
  });
});
