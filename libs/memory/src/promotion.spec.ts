import fc from 'fast-check';
import { isBest, isHarmful, isPromoted, strengthOf, wilson } from './promotion';

const margin = fc.double({ min: -9, max: 9, noNaN: true });

describe('promotion', () => {
  it.each([
    [0, 1, false],
    [3, 0, false],
    [4, 0, true],
    [3, 1, false],
    [20, 5, true],
    [2, 0, false],
  ])('promotes a meta-prompt with %i wins and %i losses: %s', (wins, losses, best) => {
    expect(isBest({ wins, losses })).toBe(best);
  });

  it('needs three comparisons, regardless of their share, and never reverses after one more win', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.nat(200), (wins, losses) => {
        if (wins + losses < 3) expect(isBest({ wins, losses })).toBe(false);
        if (isBest({ wins, losses })) expect(isBest({ wins: wins + 1, losses })).toBe(true);
        if (wins <= losses) expect(isBest({ wins, losses })).toBe(false);
      }),
    );
  });

  it('has an interval that contains the share and shrinks with more trials', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.nat(), (trials, lot) => {
        const wins = lot % (trials + 1);
        const one = wilson(wins, trials);
        const ten = wilson(10 * wins, 10 * trials);
        expect(one.lower).toBeLessThanOrEqual(wins / trials + 1e-12);
        expect(one.upper).toBeGreaterThanOrEqual(wins / trials - 1e-12);
        expect(one.lower).toBeGreaterThanOrEqual(0);
        expect(one.upper).toBeLessThanOrEqual(1);
        expect(ten.upper - ten.lower).toBeLessThan(one.upper - one.lower);
      }),
    );
  });

  it('needs two runs, a verifier, or a margin of one point in both orders; a margin in one order is not enough', () => {
    fc.assert(
      fc.property(fc.option(fc.tuple(margin, margin)), fc.boolean(), fc.nat(4), (margins, verifierContrast, runs) => {
        const both = margins !== null && margins[0] >= 1 && margins[1] >= 1;
        expect(isPromoted({ margins, verifierContrast, runs })).toBe(both || verifierContrast || runs >= 2);
      }),
    );
  });

  it('drops a strength of two by as many removals as agreements and two more, and never below nothing', () => {
    fc.assert(
      fc.property(fc.nat(100), fc.nat(100), (agreements, removals) => {
        expect(strengthOf(agreements, removals)).toBe(Math.max(0, 2 + agreements - removals));
      }),
    );
  });

  it('retires what is certainly harmful, and nothing with fewer than five uses', () => {
    expect(isHarmful({ helpful: 0, harmful: 4 })).toBe(false);
    expect(isHarmful({ helpful: 0, harmful: 5 })).toBe(true);
    expect(isHarmful({ helpful: 2, harmful: 3 })).toBe(false);
    expect(isHarmful({ helpful: 5, harmful: 30 })).toBe(true);
  });
});
