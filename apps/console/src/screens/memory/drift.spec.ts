import { driftOf, partsOf, wilson } from './drift';

const measured = (recall: [number, number], control: [number, number], gain: [number, number, number] | null) => ({
  recall: { runs: recall[1], successes: recall[0] },
  control: { runs: control[1], successes: control[0] },
  gain: gain && { lower: gain[0], mean: gain[1], upper: gain[2] },
});
const STATE = { frozen: false, window: 1_000, since: null };
const drift = (...numbers: Parameters<typeof measured>) => driftOf({ ...STATE, ...measured(...numbers), series: [] });

describe('drift', () => {
  it('shows no share of fewer than 30 runs, and no gain then, even if the server has one', () => {
    const few = drift([28, 40], [20, 29], [0.1, 0.2, 0.3]);
    expect(few).toMatchObject({ verdict: 'few', gain: null, control: { runs: 29, successes: 20, share: null } });
    expect(few.recall.share?.mean).toBeCloseTo(0.7);
    expect(drift([28, 40], [20, 30], null).verdict).toBe('few');
  });

  it('says what the interval of the gain says', () => {
    expect(drift([35, 40], [15, 30], [0.1, 0.2, 0.3]).verdict).toBe('helps');
    expect(drift([15, 40], [25, 30], [-0.6, -0.4, -0.2]).verdict).toBe('harms');
    expect(drift([20, 40], [15, 30], [-0.2, 0, 0.2]).verdict).toBe('open');
  });

  it('shows a part of the window without its gain where a side has fewer than 30 runs', () => {
    const time = { from: '2026-01-01T00:00:00.000Z', to: '2026-01-02T00:00:00.000Z' };
    const few = { ...time, ...measured([150, 160], [20, 29], [0.1, 0.2, 0.3]) };
    const enough = { ...time, ...measured([150, 160], [20, 30], [0.1, 0.2, 0.3]) };
    const parts = partsOf({ ...STATE, ...measured([300, 320], [40, 59], null), series: [few, enough] });
    expect(parts).toEqual([{ ...few, gain: null }, enough]);
  });

  it("has Wilson's interval, which stays inside 0 to 1", () => {
    const { mean, lower, upper } = wilson(8, 10);
    expect([mean, lower, upper].map((value) => value.toFixed(3))).toEqual(['0.800', '0.490', '0.943']);
    expect(wilson(30, 30).upper).toBeCloseTo(1, 12);
    expect(wilson(30, 30).upper).toBeLessThanOrEqual(1);
    expect(wilson(0, 30).lower).toBe(0);
  });
});
