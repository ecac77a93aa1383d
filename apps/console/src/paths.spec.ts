import { fillPath, matchPath, patchQuery } from './paths';

describe('paths of the console', () => {
  it('matches segment by segment and decodes parameters', () => {
    expect(matchPath('/', '/')).toEqual({});
    expect(matchPath('/runs', '/runs/')).toEqual({});
    expect(matchPath('/runs/:id', '/runs/a%2Fb')).toEqual({ id: 'a/b' });
    expect(matchPath('/memory/fragments/:id', '/memory/fragments/7')).toEqual({ id: '7' });
    expect(matchPath('/runs/:id', '/runs')).toBeNull();
    expect(matchPath('/runs', '/runs/7')).toBeNull();
    expect(matchPath('/runs/:id', '/approvals/7')).toBeNull();
  });

  it('matches nothing where the address is no valid encoding', () => {
    expect(matchPath('/runs/:id', '/runs/%E0%A4%A')).toBeNull();
  });

  it('builds addresses that it reads back', () => {
    for (const id of ['7', 'a/b', 'ü?#&%', '..']) {
      const path = fillPath('/runs/:id', { id });
      expect(matchPath('/runs/:id', path)).toEqual({ id });
    }
    expect(fillPath('/runs', {}, { state: 'waiting', q: 'a b&c' })).toBe('/runs?state=waiting&q=a+b%26c');
    expect(() => fillPath('/runs/:id')).toThrow('The path /runs/:id needs "id".');
  });

  it('changes only the names that a patch has', () => {
    const query = new URLSearchParams('at=3&view=tree');
    expect(String(patchQuery(query, { at: '4', step: '1' }))).toBe('at=4&view=tree&step=1');
    expect(String(patchQuery(query, { at: null, gone: null }))).toBe('view=tree');
    expect(String(query)).toBe('at=3&view=tree');
  });
});
