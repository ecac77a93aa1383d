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

  const scored = (scores: readonly (readonly [text: number, trigram: number | null, vector: number | null])[]) =>
    scores.map(([text, trigram, vector], at) => ({
      fragmentId: `f${at}`,
      helpful: 0,
      harmful: 0,
      chars: 4,
      text,
      words: text,
      trigram,
      vector,
    }));
  const all = { limit: 10, tokens: 1_000, minLexical: 0, minVector: 0 };

  it('counts full text and trigrams as one vote: they read the same words', () => {
    // Both put f0 first and f1 second; the vectors put f1 first.
    const found = scored([
      [0.9, 0.9, 0.1],
      [0.2, 0.2, 0.9],
      [0.1, 0.1, 0.5],
      [0.1, 0.1, 0.5],
      [0.1, 0.1, 0.1],
      [0.1, 0.1, 0.1],
    ]);
    expect(idsOf(found, all)[0]).toBe('f1');
  });

  it('orders by the word ranker whose best score fewer share, and its ties by the other one', () => {
    const found = scored([
      [0.5, 0.2, null],
      [0.5, 0.6, null],
      [0, 0.3, null],
      [0.5, 0.6, null],
      [0, 0.9, null],
    ]);
    expect(idsOf(found, all)).toEqual(['f4', 'f1', 'f3', 'f2', 'f0']);
    const misspelt = scored([
      [0, 0.2, null],
      [1, 0.5, null],
      [0, 0.5, null],
    ]);
    expect(idsOf(misspelt, all)).toEqual(['f1', 'f2', 'f0']);
  });

  it('gives no weight to a ranker that scores all alike, also where rounding moves the mean of its scores', () => {
    const found = scored([0.9, 0.5, 0.1].map((text) => [text, null, 0.1]));
    const alone = found.map((one) => ({ ...one, vector: null }));
    const fusedOf = (candidates: readonly Candidate[]) => fuse(candidates, all).map(({ fused }) => fused);
    expect(fusedOf(found)).toEqual(fusedOf(alone));
  });
});
