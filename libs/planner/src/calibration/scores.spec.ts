import fc from 'fast-check';
import { scoresOf } from './scores';
import type { Tally } from './tally';

const tallies = fc.array(
  fc
    .record({
      p: fc.double({ min: 0, max: 1, noNaN: true }),
      count: fc.integer({ min: 1, max: 50 }),
      share: fc.nat(50),
    })
    .map(({ p, count, share }): Tally => ({ p, count, trues: Math.min(count, share) })),
  { minLength: 1, maxLength: 40 },
);

describe('scores of probabilities', () => {
  it('are the Brier score, the log loss and the rates of ten bins', () => {
    const scores = scoresOf([
      { p: 0.8, count: 4, trues: 3 },
      { p: 0.85, count: 1, trues: 1 },
      { p: 0.1, count: 5, trues: 0 },
    ]);
    expect(scores.count).toBe(10);
    expect(scores.brier).toBeCloseTo((3 * 0.04 + 0.64 + 0.0225 + 5 * 0.01) / 10, 12);
    expect(scores.logLoss).toBeCloseTo(
      -(3 * Math.log(0.8) + Math.log(0.2) + Math.log(0.85) + 5 * Math.log(0.9)) / 10,
      12,
    );
    expect(scores.bins.filter(({ count }) => count > 0)).toEqual([
      { from: 0.1, to: 0.2, count: 5, meanP: 0.1, rate: 0 },
      { from: 0.8, to: 0.9, count: 5, meanP: expect.closeTo(0.81, 12), rate: 0.8 },
    ]);
  });

  it('are 0.25 and ln 2 for a coin', () => {
    expect(scoresOf([{ p: 0.5, count: 8, trues: 3 }])).toMatchObject({ brier: 0.25, logLoss: Math.LN2 });
  });

  it('never make an error endless: a certainty that was wrong counts as 0.999', () => {
    expect(scoresOf([{ p: 1, count: 1, trues: 0 }]).logLoss).toBeCloseTo(-Math.log(0.001), 12);
  });

  it('are null without outcomes, with ten empty bins', () => {
    const { bins, ...scores } = scoresOf([]);
    expect(scores).toEqual({ count: 0, brier: null, logLoss: null });
    expect(bins.map(({ count, meanP, rate }) => [count, meanP, rate])).toEqual(Array(10).fill([0, null, null]));
  });

  it('count every outcome in the one bin that its probability lies in', () => {
    fc.assert(
      fc.property(tallies, (drawn) => {
        const { bins, count, brier } = scoresOf(drawn);
        expect(bins.reduce((total, bin) => total + bin.count, 0)).toBe(count);
        expect(bins.map(({ from }) => from)).toEqual([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]);
        for (const { from, to, meanP } of bins) {
          if (meanP === null) continue;
          expect(meanP).toBeGreaterThanOrEqual(from - 1e-12);
          expect(meanP).toBeLessThanOrEqual(to);
        }
        expect(brier).toBeGreaterThanOrEqual(0);
        expect(brier).toBeLessThanOrEqual(1);
      }),
    );
  });
});
