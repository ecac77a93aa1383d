import { readWindows, type Window } from './windows/corpus';
import { measureWindows, type Share, type WindowFigures } from './windows/measure';

/** Below the figures when the rules were written (docs/planner.md): the minimum for later changes. */
const FLOORS = {
  precision: 0.9,
  recall: 0.9,
  linking: 0.75,
  value: 0.85,
  probability: 0.9,
  shown: 0.9,
  shownRightly: 0.75,
};

const shareOf = ({ hits, of }: Share) => hits / of;
const windowOf = (over: Partial<Window>): Window => ({
  trace: 'The pool is probably too small. Patch config/pool.yaml.',
  actions: [
    { id: 'patch', kind: 'tool', tool: 'file.patch', args: { path: 'config/pool.yaml' } },
    { id: 'dns', kind: 'tool', tool: 'dns.flush', args: {} },
  ],
  assumptions: [
    { clause: 'The pool is probably too small', polarity: 'affirms', probability: 'likely', action: 'patch' },
  ],
  ...over,
});
const missesOf = async (window: Window): Promise<string[]> => {
  const figures: WindowFigures = await measureWindows([window]);
  return Object.keys(FLOORS).filter((name) => {
    const share = figures[name as keyof typeof FLOORS];
    return share.hits < share.of;
  });
};

describe('windows of reasoning that were not read while the composer was changed', () => {
  it.each(Object.entries(FLOORS))('%s is at least %d', async (name, floor) => {
    const figures = await measureWindows(readWindows('held-out'));
    expect(shareOf(figures[name as keyof typeof FLOORS])).toBeGreaterThanOrEqual(floor);
  });

  it('are at least 60, with the development half, and most have an assumption', () => {
    const all = [...readWindows('development'), ...readWindows('held-out')];
    expect(all.length).toBeGreaterThanOrEqual(60);
    expect(all.filter(({ assumptions }) => assumptions.length > 0).length).toBeGreaterThan(all.length / 2);
  });
});

describe('the measure', () => {
  it('finds nothing wrong where the labels are what is read', async () => {
    expect(await missesOf(windowOf({}))).toEqual([]);
  });

  it.each<[string, Partial<Window['assumptions'][number]>, string[]]>([
    ['another action', { action: 'dns' }, ['linking', 'shownRightly']],
    ['no action', { action: null }, ['linking']],
    ['another class', { probability: 'unlikely' }, ['probability']],
    ['another truth value', { value: false }, ['value']],
    ['another clause', { clause: 'Patch config/pool.yaml' }, ['precision', 'recall', 'shownRightly']],
  ])('counts %s', async (_, over, misses) => {
    const [label] = windowOf({}).assumptions;
    expect(await missesOf(windowOf({ assumptions: label ? [{ ...label, ...over }] : [] }))).toEqual(misses);
  });
});
