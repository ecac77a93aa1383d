import { countFilterOf, filterOf, hasFilter } from './run.filters';

const of = (query: string) => filterOf(new URLSearchParams(query));

describe('filterOf', () => {
  it('reads the filters of an address and leaves out what the server would refuse', () => {
    expect(of('state=waiting&waitingFor=approval&outcome=success&requester=ann&workspace=w&q=%20pay%20')).toEqual({
      state: 'waiting',
      waitingFor: 'approval',
      outcome: 'success',
      requester: 'ann',
      workspace: 'w',
      q: 'pay',
    });
    expect(of('state=lost&outcome=&q=%20&from=yesterday&to=2026-99-99&other=1')).toEqual({});
    expect(hasFilter(of(''))).toBe(false);
  });

  it('takes both days as whole', () => {
    const { from, to } = of('from=2026-03-02&to=2026-03-02');
    expect(new Date(from ?? '').getHours()).toBe(0);
    expect(Date.parse(to ?? '') - Date.parse(from ?? '')).toBe(86_400_000);
  });
});

describe('countFilterOf', () => {
  it('counts all states', () => {
    expect(countFilterOf(of('state=waiting&q=pay&requester=ann&waitingFor=input'))).toEqual({ requester: 'ann' });
  });
});
