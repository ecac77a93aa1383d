import { readMemorySchedule } from './optimizer.schedule';

describe('MEMORY_SCHEDULE', () => {
  // 2026-03-01 is a Sunday.
  it.each([
    ['17 * * * *', '2026-03-04T05:17:00Z', true],
    ['17 * * * *', '2026-03-04T05:18:00Z', false],
    ['*/20 2-4 * * *', '2026-03-04T04:40:00Z', true],
    ['*/20 2-4 * * *', '2026-03-04T05:00:00Z', false],
    ['5/15 * * * *', '2026-03-04T05:35:00Z', true],
    ['0 3 * * 0', '2026-03-01T03:00:00Z', true],
    ['0 3 * * 7', '2026-03-01T03:00:00Z', true],
    ['0 3 1,15 * 1', '2026-03-02T03:00:00Z', true],
    ['0 3 1,15 * 1', '2026-03-15T03:00:00Z', true],
    ['0 3 1,15 * 1', '2026-03-17T03:00:00Z', false],
    ['0 3 * 4 *', '2026-03-01T03:00:00Z', false],
  ])('%s at %s: %s', (expression, at, isDue) => {
    expect(readMemorySchedule(expression)?.match(new Date(at))).toBe(isDue);
  });

  it('is absent when it is off', () => {
    expect(readMemorySchedule('off')).toBeNull();
  });

  it.each(['* * * *', '* * * * * *', '60 * * * *', '* 24 * * *', '5-1 * * * *', '*/0 * * * *', 'every hour * * *'])(
    'does not start the server with "%s"',
    (expression) => {
      expect(() => readMemorySchedule(expression)).toThrow('is not a cron expression of five fields');
    },
  );
});
