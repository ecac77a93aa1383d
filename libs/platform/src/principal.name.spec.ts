import fc from 'fast-check';
import { isPrincipalName, isSamePerson, isSubjectName } from './principal.name';

const SPELLINGS = ['alice', 'Alice', 'ALICE', 'alice ', 'alice  ', 'ａｌｉｃｅ', 'Ａlice', 'aLiCe'];

describe('the name of a person', () => {
  it.each(SPELLINGS)('is the same to a human reader: "%s"', (spelling) => {
    for (const other of SPELLINGS) expect([other, isSamePerson(spelling, other)]).toEqual([other, true]);
  });

  it.each([
    ['straße', 'STRASSE'],
    ['ÅSA', 'a\u030asa'],
    ['ΟΔΟΣ', 'οδος'],
    ['ﬁona', 'Fiona'],
    ['ann lee', 'Ann  Lee'],
    ['ann/ci', 'ann'],
    ['ann', 'ann/ci'],
    ['Ann /CI', 'ann'],
    ['ann', 'ann/ci/nightly'],
    ['ann/ci', 'ann/ci/nightly'],
  ])('is one person for "%s" and "%s"', (one, other) => {
    expect([isSamePerson(one, other), isSamePerson(other, one)]).toEqual([true, true]);
  });

  it.each([
    ['ann', 'anna'],
    ['ann/ci', 'anna'],
    ['ann/ci', 'bob/ci'],
    ['github/ann', 'github/bob'],
    ['ann:ci', 'ann'],
  ])('is two people for "%s" and "%s"', (one, other) => {
    expect([isSamePerson(one, other), isSamePerson(other, one)]).toEqual([false, false]);
  });

  it('is compared symmetrically, and independently of case', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (one, other) => {
        expect(isSamePerson(one, other)).toBe(isSamePerson(other, one));
        for (const same of [one.toUpperCase(), one.toLowerCase(), one.normalize('NFKD'), ` ${one}  `]) {
          expect(isSamePerson(one, same)).toBe(true);
        }
        expect(isSamePerson(`${one}/${other}`, one)).toBe(true);
      }),
    );
  });
});

describe('a reserved name', () => {
  it.each([
    'webhook:1',
    'key:1',
    'Webhook:1',
    'ｋｅｙ:1',
    'webhook :1',
    'operator',
    'Operator ',
    'operator/ci',
    'operator:x',
  ])('is not a valid subject, though it may be a role: "%s"', (name) => {
    expect([isSubjectName(name), isPrincipalName(name)]).toEqual([false, true]);
  });

  it.each(['policy:docs', 'system:apply', 'ＳＹＳＴＥＭ:apply', 'Clock', 'server'])(
    'is not a valid name: "%s"',
    (name) => {
      expect([isSubjectName(name), isPrincipalName(name)]).toEqual([false, false]);
    },
  );

  it.each(['webhooks', 'keynes', 'operators', 'ann/operator', 'developer'])(
    'is not a lookalike of a reserved name: "%s"',
    (name) => {
      expect(isSubjectName(name)).toBe(true);
    },
  );
});
