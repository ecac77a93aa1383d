import fc from 'fast-check';
import { mixed } from '../testing/games';
import { aggregate } from './aggregate';
import { bradleyTerry } from './bradley-terry';
import { pairsOf, type Duel } from './duels';
import { AGGREGATORS } from '@assent/contract';

const duelsOf = (count: number): fc.Arbitrary<Duel[]> =>
  fc.array(
    fc
      .record({
        a: fc.integer({ min: 0, max: count - 1 }),
        b: fc.integer({ min: 0, max: count - 1 }),
        margin: fc.integer({ min: -3, max: 3 }),
      })
      .filter(({ a, b }) => a !== b),
    { maxLength: 40 },
  );
const tournament = fc
  .integer({ min: 2, max: 40 })
  .chain((count) => fc.record({ count: fc.constant(count), duels: duelsOf(count) }));
const aggregator = fc.constantFrom(...AGGREGATORS);

describe('what ranks always hold', () => {
  it('6: quantiles are in [0, 1] with the mean 1/2', () =>
    fc.assert(
      fc.property(aggregator, tournament, (by, { count, duels }) => {
        const quantiles = aggregate(by, count, duels);
        for (const q of quantiles) expect(q).toBeGreaterThanOrEqual(0);
        for (const q of quantiles) expect(q).toBeLessThanOrEqual(1);
        // In halves of a rank, which are whole numbers: exactly, without rounding.
        const halves = quantiles.map((q) => Math.round(q * 2 * (count - 1)));
        for (const [index, half] of halves.entries()) expect(half / (2 * (count - 1))).toBe(quantiles[index]);
        expect(halves.reduce((sum, half) => sum + half, 0)).toBe(count * (count - 1));
      }),
    ));

  it('6: quantiles depend neither on names nor on the order of judgements', () =>
    fc.assert(
      fc.property(aggregator, tournament, fc.integer({ min: 0 }), (by, { count, duels }, seed) => {
        const items = Array.from({ length: count }, (_, index) => index);
        const renamed = [...items].sort((a, b) => mixed(seed, a) - mixed(seed, b) || a - b);
        const other = duels
          .map(({ a, b, margin }, index) => {
            const [first, second] = [renamed[a] ?? 0, renamed[b] ?? 0];
            const turned = mixed(seed, index, 1) % 2 === 0;
            return turned ? { a: second, b: first, margin: -margin } : { a: first, b: second, margin };
          })
          .map((duel, index) => ({ duel, place: mixed(seed, index, 2) }))
          .sort((a, b) => a.place - b.place)
          .map(({ duel }) => duel);
        const [before, after] = [aggregate(by, count, duels), aggregate(by, count, other)];
        expect(items.map((item) => after[renamed[item] ?? 0])).toEqual(before);
      }),
    ));

  it('6: one more win never lowers a rank', () =>
    fc.assert(
      fc.property(aggregator, tournament, fc.nat(), fc.nat(), (by, { count, duels }, x, y) => {
        const [winner, loser] = [x % count, y % count];
        fc.pre(winner !== loser);
        const before = aggregate(by, count, duels)[winner];
        const after = aggregate(by, count, [...duels, { a: winner, b: loser, margin: 1 }])[winner];
        expect(after).toBeGreaterThanOrEqual(before ?? 1);
      }),
    ));

  it('7: Bradley-Terry mirrors its strengths when all results are swapped', () =>
    fc.assert(
      fc.property(tournament, ({ count, duels }) => {
        const strengths = bradleyTerry(count, pairsOf(duels));
        const mirrored = bradleyTerry(count, pairsOf(duels.map((duel) => ({ ...duel, margin: -duel.margin }))));
        for (const [item, strength] of strengths.entries()) {
          expect(Math.abs(strength + (mirrored[item] ?? Infinity))).toBeLessThanOrEqual(1e-7);
        }
      }),
    ));
});
