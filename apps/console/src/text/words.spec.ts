import fc from 'fast-check';
import { diffWords } from './words';

const marked = (before: string, after: string): string[] =>
  diffWords(before, after).map(({ value, added, removed }) => `${added ? '+' : removed ? '-' : ' '}${value}`);

describe('the difference of two texts by words', () => {
  it('keeps words whole, in every script, and spaces and signs apart', () => {
    expect(marked('max: 4', 'max: 20')).toEqual([' max: ', '-4', '+20']);
    expect(marked('größer  als', 'größe als')).toEqual(['-größer  ', '+größe ', ' als']);
    expect(marked('a.b', 'a.c')).toEqual([' a.', '-b', '+c']);
  });

  it('holds both texts, each whole', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (before, after) => {
        const changes = diffWords(before, after);
        const side = (left: 'added' | 'removed') =>
          changes.flatMap((change) => (change[left] ? [] : [change.value])).join('');
        expect([side('added'), side('removed')]).toEqual([before, after]);
      }),
    );
  });
});
