import fc from 'fast-check';
import { placesOf } from './sequence-search';

describe('placesOf', () => {
  const letters = (maxLength: number) => fc.string({ unit: fc.constantFrom('a', 'b'), maxLength });
  const every = (text: string, part: string) =>
    Array.from(text, (_, at) => at).filter((at) => text.slice(at, at + part.length) === part);

  it('lists every place, overlapping ones too, as comparing at each place does', () => {
    fc.assert(
      fc.property(letters(40), letters(6), fc.nat(10), (text, part, from) => {
        const expected = part === '' ? [] : every(text, part).filter((at) => at >= from);
        expect(placesOf(text, part, { from })).toEqual(expected);
        expect(placesOf(Array.from(text), Array.from(part), { from })).toEqual(expected);
        expect(placesOf(text, part, { from, limit: 2 })).toEqual(expected.slice(0, 2));
      }),
      { numRuns: 700 },
    );
  });

  it('finds long parts in texts of few different characters', () => {
    fc.assert(
      fc.property(letters(30), fc.integer({ min: 60, max: 90 }), (word, length) => {
        const text = (word + 'ab').repeat(40);
        const part = text.slice(word.length, word.length + length);
        expect(placesOf(text, part)).toEqual(every(text, part));
      }),
      { numRuns: 300 },
    );
  });

  it('takes steps in proportion to the text, where comparing at each place takes the product', () => {
    const side = 200_000;
    const part = `${'a'.repeat(side)}b${'a'.repeat(side)}`;
    let steps = 0;
    const text = new Proxy(Array.from('a'.repeat(2 * side)), {
      get: (target, name, receiver) => {
        steps += 1;
        return Reflect.get(target, name, receiver) as unknown;
      },
    });
    expect(placesOf(text, Array.from(part))).toEqual([]);
    expect(steps).toBeLessThan(20 * side);
  });
});
