import fc from 'fast-check';
import { Marginals, placesOf } from './marginals';

/** The table with all other places summed out, entry by entry. */
function summedOut(table: readonly number[], sizes: readonly number[], places: readonly number[]): number[] {
  const marginal = new Array<number>(places.reduce((entries, place) => entries * (sizes[place] ?? 1), 1)).fill(0);
  for (const [entry, p] of table.entries()) {
    let rest = entry;
    const values = [...sizes].reverse().map((size) => {
      const value = rest % size;
      rest = Math.floor(rest / size);
      return value;
    });
    values.reverse();
    const at = places.reduce((index, place) => index * (sizes[place] ?? 1) + (values[place] ?? 0), 0);
    marginal[at] = (marginal[at] ?? 0) + p;
  }
  return marginal;
}

const problems = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 5 }).chain((sizes) =>
  fc.record({
    sizes: fc.constant(sizes),
    table: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), {
      minLength: sizes.reduce((entries, size) => entries * size, 1),
      maxLength: sizes.reduce((entries, size) => entries * size, 1),
    }),
    asked: fc.array(fc.subarray([...sizes.keys()]), { maxLength: 6 }),
  }),
);

it('reads every marginal that was asked for, once, however many share their sums', () => {
  fc.assert(
    fc.property(problems, ({ sizes, table, asked }) => {
      const marginals = new Marginals(
        sizes.length,
        asked.map((places, use) => [placesOf(places), use] as const),
      );
      const read = new Map<number, number[]>();
      marginals.read(Float64Array.from(table), sizes, (use, entries, from) => {
        expect(read.has(use)).toBe(false);
        const length = (asked[use] ?? []).reduce((product, place) => product * (sizes[place] ?? 1), 1);
        read.set(use, [...entries.subarray(from, from + length)]);
      });
      expect(read.size).toBe(asked.length);
      for (const [use, entries] of read) {
        const expected = summedOut(table, sizes, asked[use] ?? []);
        entries.forEach((entry, at) => {
          expect(entry).toBeCloseTo(expected[at] ?? Number.NaN, 9);
        });
      }
    }),
  );
});
