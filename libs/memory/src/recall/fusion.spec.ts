import fc from 'fast-check';
import { creditOf, fuse, type Candidate, type Limits } from './fusion';

const score = fc.double({ min: 0, max: 1, noNaN: true });
const candidate = (id: number): fc.Arbitrary<Candidate> =>
  fc.record({
    fragmentId: fc.constant(`f${String(id).padStart(3, '0')}`),
    helpful: fc.nat(50),
    harmful: fc.nat(50),
    chars: fc.nat(4_000),
    text: score,
    words: score,
    trigram: fc.option(score),
    vector: fc.option(score),
  });
const candidates = fc.nat(40).chain((count) => fc.tuple(...Array.from({ length: count }, (_, id) => candidate(id))));
const limits: fc.Arbitrary<Limits> = fc.record({
  limit: fc.integer({ min: 1, max: 12 }),
  tokens: fc.integer({ min: 1, max: 4_000 }),
  minLexical: score,
  minVector: score,
});
const idsOf = (found: readonly Candidate[], within: Limits) => fuse(found, within).map(({ fragmentId }) => fragmentId);

describe('the fusion of rankers', () => {
  it('returns a subset for a higher threshold, in the same order', () => {
    fc.assert(
      fc.property(candidates, limits, score, score, (found, within, lexical, vector) => {
        const minLexical = Math.max(within.minLexical, lexical);
        const minVector = Math.max(within.minVector, vector);
        const stricter = idsOf(found, { ...within, minLexical, minVector });
        expect(idsOf(found, within).filter((id) => stricter.includes(id))).toEqual(stricter);
      }),
    );
  });

  it('is independent of the order of the candidates', () => {
    fc.assert(
      fc.property(candidates, limits, fc.nat(), (found, within, turn) => {
        const at = found.length === 0 ? 0 : turn % found.length;
        expect(fuse([...found.slice(at), ...found.slice(0, at)].reverse(), within)).toEqual(fuse(found, within));
      }),
    );
  });

  it('stays within the limit and the tokens, best first, with correct ranks', () => {
    fc.assert(
      fc.property(candidates, limits, (found, within) => {
        const ranked = fuse(found, within);
        expect(ranked.length).toBeLessThanOrEqual(within.limit);
        const chars = ranked.map(({ fragmentId }) => found.find((one) => one.fragmentId === fragmentId)?.chars ?? 0);
        const tokens = chars.reduce((sum, count) => sum + Math.ceil(count / 4), 0);
        expect(tokens).toBeLessThanOrEqual(within.tokens);
        for (const { rank, credit, fused } of ranked) {
          expect(rank).toBeCloseTo(fused * credit, 12);
          expect(fused).toBeGreaterThanOrEqual(0);
          expect(fused).toBeLessThanOrEqual(1);
        }
        const ranks = ranked.map(({ rank }) => rank);
        expect(ranks).toEqual(ranks.toSorted((a, b) => b - a));
      }),
    );
  });

  it('puts helpful fragments before harmful ones of the same similarity', () => {
    const same = { chars: 10, text: 0.5, words: 0.5, trigram: 0.5, vector: null };
    const found = [
      { fragmentId: 'a', helpful: 0, harmful: 9, ...same },
      { fragmentId: 'b', helpful: 9, harmful: 0, ...same },
    ];
    expect(idsOf(found, { limit: 2, tokens: 100, minLexical: 0, minVector: 0 })).toEqual(['b', 'a']);
    expect(creditOf({ helpful: 0, harmful: 0 })).toBe(0.5);
  });

  it('gives no weight to a ranker that scores all alike, also where rounding moves the mean of its scores', () => {
    const found = [0.9, 0.5, 0.1].map((text, at) => ({
      fragmentId: `f${at}`,
      helpful: 0,
      harmful: 0,
      chars: 4,
      text,
      words: text,
      trigram: 0.1,
      vector: null,
    }));
    const within = { limit: 3, tokens: 100, minLexical: 0, minVector: 0 };
    const alone = fuse(
      found.map((one) => ({ ...one, trigram: null })),
      within,
    );
    expect(fuse(found, within).map(({ fused }) => fused)).toEqual(alone.map(({ fused }) => fused));
  });
});
