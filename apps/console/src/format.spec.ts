import { bytes, duration, exact, number, percent, relative, utility } from './format';

describe('formats', () => {
  it('writes numbers with groups and a true minus', () => {
    expect([number(12_345.678), number(-3)]).toEqual(['12,345.68', '−3']);
    expect([utility(0.774), utility(-0.135), utility(0)]).toEqual(['+0.77', '−0.14', '0.00']);
  });

  it('never shows a probability as certain that is not', () => {
    expect([0, 0.001, 0.004, 0.85, 0.996, 0.999, 1].map(percent)).toEqual([
      '0%',
      '<1%',
      '<1%',
      '85%',
      '>99%',
      '>99%',
      '100%',
    ]);
  });

  it.each([
    [320, '320 ms'],
    [1_240, '1.2 s'],
    [9_960, '10 s'],
    [59_700, '1 min'],
    [200_000, '3 min 20 s'],
    [7_500_000, '2 h 5 min'],
    [273_600_000, '3 d 4 h'],
  ])('writes %d ms as %s', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });

  it('writes sizes in the unit that fits', () => {
    expect([bytes(512), bytes(1_536), bytes(67_108_864)]).toEqual(['512 B', '1.5 KiB', '64 MiB']);
  });

  it('says how far a time is away, and a date when it is far', () => {
    const now = Date.parse('2026-03-02T12:00:00Z');
    const said = (iso: string): string => relative(iso, now);
    expect(said('2026-03-02T11:59:40Z')).toBe('just now');
    expect(said('2026-03-02T12:00:40Z')).toBe('in less than a minute');
    expect(said('2026-03-02T11:57:00Z')).toBe('3 minutes ago');
    expect(said('2026-03-02T14:30:00Z')).toBe('in 2 hours');
    expect(said('2026-03-01T11:00:00Z')).toBe('yesterday');
    expect(said('2025-12-24T12:00:00Z')).toBe('Dec 24, 2025');
    expect(said('never')).toBe('never');
  });

  it('writes exact times with their zone', () => {
    expect(exact('2026-03-02T14:05:09.123Z', 'utc')).toBe('2026-03-02 14:05:09 UTC');
    expect(exact('never', 'utc')).toBe('never');
  });
});
