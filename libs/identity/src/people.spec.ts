import fc from 'fast-check';
import { areOnePerson, countPeople, peopleBehind, type People } from './people';

describe('the people behind a credential', () => {
  it('are the person it speaks for, then its issuers, without duplicates', () => {
    expect(peopleBehind({ subject: 'ann' })).toEqual(['ann']);
    expect(peopleBehind({ subject: 'ann', issuers: ['ann', 'bob', 'bob'] })).toEqual(['ann', 'bob']);
    expect(peopleBehind({ subject: 'webhook:1', person: 'ann', issuers: ['bob'] })).toEqual(['ann', 'bob']);
  });

  it.each<[string, People, People, boolean]>([
    ['who issued it and who uses it', ['ann'], ['bob', 'ann'], true],
    ['two spellings', ['ann'], ['Ann'], true],
    ['two people', ['ann'], ['bob'], false],
    ['two people with keys of one admin', ['ann', 'root'], ['bob', 'root'], false],
    ['the admin and somebody with a key of that admin', ['root'], ['bob', 'root'], true],
  ])('are one person, or not: %s', (_, one, other, are) => {
    expect([areOnePerson(one, other), areOnePerson(other, one)]).toEqual([are, are]);
  });

  it.each<[string, People[], number]>([
    ['nobody', [], 0],
    ['two webhooks of one maker', [['dev'], ['dev']], 1],
    [
      'two people with keys of one admin',
      [
        ['ann', 'root'],
        ['bob', 'root'],
      ],
      2,
    ],
    ['these two and the admin', [['root'], ['ann', 'root'], ['bob', 'root']], 2],
    ['an admin and one key of the admin', [['root'], ['ann', 'root']], 1],
  ])('are counted: %s', (_, all, people) => {
    expect(countPeople(all)).toBe(people);
    expect(countPeople(all.toReversed())).toBe(people);
  });

  it('never count for more than the names they speak for, and never count one person twice', () => {
    const name = fc.constantFrom('ann', 'Ann', 'bob', 'cyn', 'cyn/ci');
    const people = fc.tuple(name, fc.array(name, { maxLength: 2 })).map(([one, more]): People => [one, ...more]);
    fc.assert(
      fc.property(fc.array(people, { maxLength: 6 }), people, people, (all, one, other) => {
        expect(countPeople(all)).toBeLessThanOrEqual(3);
        expect(countPeople(all)).toBeGreaterThanOrEqual(Math.min(all.length, 1));
        expect(countPeople([one, other])).toBe(areOnePerson(one, other) ? 1 : 2);
      }),
    );
  });
});
