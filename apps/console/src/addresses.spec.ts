import { ADDRESSES, href, routeOf, type RouteName } from './addresses';

describe('the table of routes', () => {
  it('finds every page by its own address', () => {
    for (const name of Object.keys(ADDRESSES) as RouteName[]) {
      const address = href(name, { id: 'a b' });
      expect(address.startsWith('/ui/')).toBe(true);
      expect(routeOf(address.slice('/ui'.length))?.name).toBe(name);
    }
  });

  it('gives the parameters of a page', () => {
    expect(routeOf('/runs/7')).toMatchObject({ name: 'run', params: { id: '7' } });
    expect(href('run', { id: '7' }, { at: '3' })).toBe('/ui/runs/7?at=3');
  });

  it('knows no page at an address that no row has', () => {
    for (const path of ['/nothing', '/runs/7/8', '/memory/agents/7']) expect(routeOf(path)).toBeNull();
  });
});
