import { filtersOf, pathOf } from './filters';

describe('filters of the audit', () => {
  it('are read from the address, empty and unreadable ones left out', () => {
    const query = new URLSearchParams('action=diff.apply&actor=%20&from=2026-01-02T03:04:05Z&to=soon&page=2');
    expect(filtersOf(query)).toEqual({ action: 'diff.apply', from: '2026-01-02T03:04:05.000Z' });
  });

  it('are those of the request', () => {
    expect(pathOf({ action: 'key.create', actor: 'a b' }, 50)).toBe('/audit?action=key.create&actor=a+b&limit=50');
  });
});
