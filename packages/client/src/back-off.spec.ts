import { pauseMs } from './back-off';

describe('the pause before a reconnect', () => {
  it('is what the server asked for when the connection before brought frames', () => {
    expect(pauseMs(1_000, 0, 0)).toBe(1_000);
  });

  it('doubles with every connection that brought nothing, up to fifteen seconds', () => {
    expect([1, 2, 3, 4, 30].map((fruitless) => pauseMs(1_000, fruitless, 0))).toEqual([
      2_000, 4_000, 8_000, 15_000, 15_000,
    ]);
  });

  it('adds up to half of itself by chance', () => {
    expect(pauseMs(1_000, 1, 0.5)).toBe(2_500);
    expect(pauseMs(1_000, 1, 0.999)).toBeLessThan(3_000);
  });

  it('is never shorter than a long pause that the server asked for', () => {
    expect(pauseMs(60_000, 3, 0)).toBe(60_000);
  });
});
