import { localText, rangeOf } from './range';

describe('the range of a replay', () => {
  it('reads local times as they are shown', () => {
    const [from, to] = [Date.parse('2026-03-01T10:00:00Z'), Date.parse('2026-03-02T10:30:00Z')];
    expect(rangeOf(localText(from), localText(to))).toEqual({
      from: '2026-03-01T10:00:00.000Z',
      to: '2026-03-02T10:30:00.000Z',
    });
  });

  it('needs an end that is later', () => {
    expect(rangeOf('2026-03-01T10:00', '2026-03-01T10:00')).toBeNull();
    expect(rangeOf('2026-03-01T10:00', '')).toBeNull();
    expect(rangeOf('soon', '2026-03-01T10:00')).toBeNull();
  });
});
