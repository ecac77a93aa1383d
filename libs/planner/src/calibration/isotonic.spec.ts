import fc from 'fast-check';
import { calibrate, fitIsotonic } from './isotonic';
import { scoresOf } from './scores';
import type { Tally } from './tally';

const P_MIN = 0.001;
const P_MAX = 0.999;

/** Single outcomes, many of them with the same probability. */
const outcome = fc.record({
  p: fc.oneof(
    fc.integer({ min: 1, max: 99 }).map((percent) => percent / 100),
    fc.constantFrom(0.001, 0.2, 0.5, 0.9, 0.999),
    fc.double({ min: 0.001, max: 0.999, noNaN: true }),
  ),
  truth: fc.boolean(),
});
const tally = ({ p, truth }: { p: number; truth: boolean }): Tally => ({ p, count: 1, trues: Number(truth) });
const sample = fc.array(outcome, { minLength: 1, maxLength: 80 }).map((outcomes) => outcomes.map(tally));
const small = fc.array(outcome, { minLength: 1, maxLength: 9 }).map((outcomes) => outcomes.map(tally));
const probability = fc.double({ min: 0, max: 1, noNaN: true });

const squaredError = (tallies: readonly Tally[], map: (p: number) => number) =>
  tallies.reduce((total, { p, count, trues }) => {
    const at = map(p);
    return total + trues * (1 - at) ** 2 + (count - trues) * at ** 2;
  }, 0);

/** The least squared error over all partitions of the probabilities into runs with one rate each, where rates never fall. */
function leastError(tallies: readonly Tally[]): number {
  const ps = [...new Set(tallies.map(({ p }) => p))].sort((a, b) => a - b);
  const cuts = Array.from({ length: 2 ** (ps.length - 1) }, (_, mask) => mask);
  const errors = cuts.flatMap((mask) => {
    const groups: number[][] = [[]];
    ps.forEach((p, index) => {
      groups.at(-1)?.push(p);
      if (index < ps.length - 1 && ((mask >> index) & 1) === 1) groups.push([]);
    });
    const rates = groups.map((group) => {
      const inside = tallies.filter(({ p }) => group.includes(p));
      return inside.reduce((sum, { trues }) => sum + trues, 0) / inside.reduce((sum, { count }) => sum + count, 0);
    });
    if (rates.some((rate, index) => index > 0 && rate < (rates[index - 1] ?? 0))) return [];
    const rateOf = (p: number) => rates[groups.findIndex((group) => group.includes(p))] ?? 0;
    return [squaredError(tallies, (p) => Math.min(P_MAX, Math.max(P_MIN, rateOf(p))))];
  });
  return Math.min(...errors);
}

describe('isotonic recalibration', () => {
  it('has the least squared error of all maps that never fall', () => {
    fc.assert(
      fc.property(small, (tallies) => {
        const points = fitIsotonic(tallies);
        expect(squaredError(tallies, (p) => calibrate(points, p))).toBeCloseTo(leastError(tallies), 9);
      }),
    );
  });

  it('never falls, at the points and between them, and stays within 0.001 to 0.999', () => {
    fc.assert(
      fc.property(sample, fc.array(probability, { minLength: 2, maxLength: 30 }), (tallies, ps) => {
        const points = fitIsotonic(tallies);
        const all = [...ps, ...points.map(({ p }) => p)].sort((a, b) => a - b).map((p) => calibrate(points, p));
        expect(all).toEqual([...all].sort((a, b) => a - b));
        expect(points).toEqual([...points].sort((a, b) => a.p - b.p || a.calibrated - b.calibrated));
        expect(Math.min(...all)).toBeGreaterThanOrEqual(P_MIN);
        expect(Math.max(...all)).toBeLessThanOrEqual(P_MAX);
      }),
    );
  });

  it('never makes the Brier score of its own sample worse', () => {
    fc.assert(
      fc.property(sample, (tallies) => {
        const points = fitIsotonic(tallies);
        const after = tallies.map(({ p, ...rest }) => ({ p: calibrate(points, p), ...rest }));
        expect(scoresOf(after).brier).toBeLessThanOrEqual((scoresOf(tallies).brier ?? 0) + 1e-12);
      }),
    );
  });

  it('changes nothing when what it made is recalibrated on the same outcomes', () => {
    fc.assert(
      fc.property(sample, (tallies) => {
        const points = fitIsotonic(tallies);
        const after = tallies.map(({ p, ...rest }) => ({ p: calibrate(points, p), ...rest }));
        const again = fitIsotonic(after);
        expect(after.map(({ p }) => calibrate(again, p))).toEqual(after.map(({ p }) => p));
      }),
    );
  });

  it('does not depend on the order of the outcomes, nor on how they are tallied', () => {
    const shuffled = sample.chain((tallies) =>
      fc.tuple(
        fc.constant(tallies),
        fc.shuffledSubarray(tallies, { minLength: tallies.length, maxLength: tallies.length }),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([tallies, other]) => {
        const points = fitIsotonic(tallies);
        expect(fitIsotonic(other)).toEqual(points);
        expect(fitIsotonic(tallies.map((one) => ({ ...one, count: one.count * 2, trues: one.trues * 2 })))).toEqual(
          points,
        );
      }),
    );
  });

  it('pools what falls, keeps what rises, and is linear between and constant outside', () => {
    const points = fitIsotonic([
      { p: 0.2, count: 10, trues: 1 },
      { p: 0.4, count: 10, trues: 6 },
      { p: 0.6, count: 10, trues: 4 },
      { p: 0.8, count: 10, trues: 9 },
    ]);
    expect(points).toEqual([
      { p: 0.2, calibrated: 0.1 },
      { p: 0.4, calibrated: 0.5 },
      { p: 0.6, calibrated: 0.5 },
      { p: 0.8, calibrated: 0.9 },
    ]);
    expect([0.05, 0.3, 0.5, 0.7, 0.95].map((p) => Number(calibrate(points, p).toFixed(9)))).toEqual([
      0.1, 0.3, 0.5, 0.7, 0.9,
    ]);
  });

  it('leaves probabilities alone where there are no points', () => {
    expect([fitIsotonic([]), calibrate([], 0.3)]).toEqual([[], 0.3]);
  });
});
