import fc from 'fast-check';
import type { Requirement } from '@assent/contract';
import {
  DEFAULT_REQUIREMENTS,
  combined,
  escalated,
  isEnough,
  countsForAny,
  needed,
  quorumOf,
  type Requirements,
  type Vote,
} from './requirements';

const requirement = (changes: Partial<Requirement> = {}): Requirement => ({
  rule: 'r',
  version: '1',
  deciders: null,
  roles: [],
  quorum: 1,
  authorsApprove: true,
  ...changes,
});
const requirements = (...requirementList: Requirement[]): Requirements => ({
  clauses: requirementList,
  onExpiry: 'fail',
  agenda: [],
});
const vote = (actor: string, ...roles: string[]): Vote => ({ actor, decision: 'approve', roles });

describe('needed', () => {
  it.each<[string, Requirements, Vote[], { people: number; roles: string[] }]>([
    ['one decision when nothing is said', DEFAULT_REQUIREMENTS, [], { people: 1, roles: [] }],
    ['nothing more after it', DEFAULT_REQUIREMENTS, [vote('ann')], { people: 0, roles: [] }],
    ['distinct people', requirements(requirement({ quorum: 2 })), [vote('ann'), vote('ann')], { people: 1, roles: [] }],
    [
      'distinct people behind the callbacks that they have issued keys for',
      requirements(requirement({ quorum: 2 })),
      [vote('ann'), { ...vote('webhook:1'), person: 'ann' }],
      { people: 1, roles: [] },
    ],
    ['every role', requirements(requirement({ roles: ['x', 'y'] })), [vote('ann', 'x')], { people: 1, roles: ['y'] }],
    [
      'one person for two roles',
      requirements(requirement({ roles: ['x', 'y'] })),
      [vote('ann', 'x', 'y')],
      { people: 0, roles: [] },
    ],
    [
      'deciders only',
      requirements(requirement({ deciders: ['lead'] })),
      [vote('ann', 'dev')],
      { people: 1, roles: [] },
    ],
    [
      'every clause',
      requirements(requirement(), requirement({ rule: 's', deciders: ['lead'] })),
      [vote('ann')],
      { people: 1, roles: [] },
    ],
    [
      'others than the author',
      requirements(requirement({ authorsApprove: false })),
      [vote('author')],
      { people: 1, roles: [] },
    ],
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
        const demand = requirements(requirement({ quorum, roles }));
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

  it('admits further roles after an escalation, for its own requirement only', () => {
    const other = requirement({ rule: 's', deciders: ['lead'], roles: ['lead'] });
    const after = escalated(requirements(requirement({ deciders: ['lead'], roles: ['lead'] }), other), item);
    expect(after.clauses).toEqual([requirement({ deciders: ['lead', 'ops'], roles: [] }), other]);
    expect([countsForAny(after, new Set(['ops'])), countsForAny(after, new Set(['dev']))]).toEqual([true, false]);
  });

  it('keeps every requirement when a revision is requested, and does not repeat completed schedule items', () => {
    const remind = { kind: 'remind' as const, afterSeconds: 9 };
    const first: Requirements = {
      clauses: [requirement()],
      onExpiry: 'continue',
      agenda: [{ ...remind, afterSeconds: 1 }, remind],
    };
    const second: Requirements = {
      clauses: [requirement({ rule: 's' })],
      onExpiry: 'fail',
      agenda: [{ ...item, rule: 's' }],
    };
    expect(combined(first, second, 1)).toEqual({
      clauses: [requirement(), requirement({ rule: 's' })],
      onExpiry: 'fail',
      agenda: [{ ...remind, afterSeconds: 1 }, { ...item, rule: 's' }, remind],
    });
  });
});
