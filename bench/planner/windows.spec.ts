import { LexicalComposer } from '@assent/lexical';
import { scoreTree } from '@assent/planner';
import { WINDOW_SETS, readWindows, type Window } from './windows/corpus';
import { measureWindows, type Share, type WindowFigures } from './windows/measure';

type Figure = 'precision' | 'recall' | 'linking' | 'value' | 'probability' | 'shown' | 'shownRightly';

/** Below the figures when the rules were written (docs/planner.md): the minimum for later changes. */
const FLOORS: Readonly<
  Record<'held-out' | 'held-out-2' | 'held-out-3' | 'held-out-4', Readonly<Record<Figure, number>>>
> = {
  'held-out': {
    precision: 0.9,
    recall: 0.9,
    linking: 0.75,
    value: 0.85,
    probability: 0.9,
    shown: 0.9,
    shownRightly: 0.75,
  },
  'held-out-2': {
    precision: 0.85,
    recall: 0.9,
    linking: 0.7,
    value: 0.9,
    probability: 0.85,
    shown: 0.9,
    shownRightly: 0.8,
  },
  'held-out-3': {
    precision: 0.85,
    recall: 0.9,
    linking: 0.75,
    value: 0.9,
    probability: 0.9,
    shown: 0.9,
    shownRightly: 0.85,
  },
  'held-out-4': {
    precision: 0.9,
    recall: 0.8,
    linking: 0.7,
    value: 0.85,
    probability: 0.85,
    shown: 0.9,
    shownRightly: 0.7,
  },
};
const FIGURES = Object.keys(FLOORS['held-out']) as Figure[];

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
  return FIGURES.filter((name) => figures[name].hits < figures[name].of);
};

describe('labelled windows of reasoning', () => {
  it.each(['held-out', 'held-out-2', 'held-out-3', 'held-out-4'] as const)(
    '%s: no figure falls below its minimum',
    async (set) => {
      const figures = await measureWindows(readWindows(set));
      expect(FIGURES.filter((name) => shareOf(figures[name]) < FLOORS[set][name])).toEqual([]);
    },
  );

  it.each(WINDOW_SETS)('%s: an assumption that is linked to an action is a ground of the choice', async (set) => {
    const composer = new LexicalComposer();
    for (const { trace, actions } of readWindows(set)) {
      const tree = await scoreTree({ trace, actions }, composer);
      const { rationale, associations } = tree;
      const shown = [...(rationale?.for ?? []), ...(rationale?.against ?? [])].map(({ assumptionId }) => assumptionId);
      expect(shown).toEqual(expect.arrayContaining(associations.map(({ assumptionId }) => assumptionId)));
    }
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
