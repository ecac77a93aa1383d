import fc from 'fast-check';
import { SCHEDULE_SECONDS, retryAfterSeconds, outcomeOf, type AttemptResult } from './delivery.policy';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const answered = (status: number, retryAfter?: string): AttemptResult => ({ status, retryAfter });
const failed: AttemptResult = { status: null, error: 'reset' };

describe('the outcome of an attempt', () => {
  it.each([200, 201, 202, 204, 299])('%d is a delivery', (status) => {
    expect(outcomeOf(answered(status), 1, 0, NOW)).toEqual({ kind: 'delivered' });
  });

  it.each([100, 301, 302, 307, 308, 400, 401, 404, 409, 429, 500, 503])('%d fails and is retried', (status) => {
    expect(outcomeOf(answered(status), 1, 0, NOW)).toEqual({ kind: 'retry', afterSeconds: 5 });
  });

  it('410 ends the delivery at once', () => {
    expect(outcomeOf(answered(410), 1, 0, NOW)).toEqual({ kind: 'dead', reason: 'gone' });
  });

  it('schedules ten attempts, then the delivery is a dead letter', () => {
    const outcomes = SCHEDULE_SECONDS.map((_, index) => outcomeOf(failed, index + 1, 0, NOW));
    expect(outcomes).toEqual([
      ...[5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400].map((afterSeconds) => ({
        kind: 'retry',
        afterSeconds,
      })),
      { kind: 'dead', reason: 'exhausted' },
    ]);
  });

  it('is never early, and late by a fifth of the pause at the most', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.double({ min: 0, max: 1, noNaN: true }), (attempts, random) => {
        const outcome = outcomeOf(failed, attempts, random, NOW);
        const planned = SCHEDULE_SECONDS[attempts] ?? 0;
        expect(outcome.kind === 'retry' && outcome.afterSeconds >= planned).toBe(true);
        expect(outcome.kind === 'retry' && outcome.afterSeconds <= planned * 1.2 + 1e-6).toBe(true);
      }),
    );
  });

  it('waits as long as the receiver asks, if that is longer', () => {
    expect(outcomeOf(answered(429, '120'), 1, 0, NOW)).toEqual({ kind: 'retry', afterSeconds: 120 });
    expect(outcomeOf(answered(503, '1'), 2, 0, NOW)).toEqual({ kind: 'retry', afterSeconds: 300 });
  });

  it.each([
    ['120', 120],
    ['Thu, 01 Jan 2026 00:02:00 GMT', 120],
    ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
    ['99999999', 86_400],
    ['-5', 0],
    ['soon', 0],
    ['', 0],
    [undefined, 0],
  ])('reads Retry-After %j as %d seconds', (header, seconds) => {
    expect(retryAfterSeconds(header, NOW)).toBe(seconds);
  });

  it('returns a number for any header', () => {
    fc.assert(
      fc.property(fc.string(), (header) => {
        const seconds = retryAfterSeconds(header, NOW);
        expect(seconds >= 0 && seconds <= 86_400).toBe(true);
      }),
    );
  });
});
