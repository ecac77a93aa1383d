import fc from 'fast-check';
import type { ActionInput, AssumptionInput, GainRow, Tree } from '@assent/contract';
import { plan, type PlanRequest } from '../plan';
import { replan } from '../replan';
import { scoreTree } from '../score-tree';
import { betaCdf, betaQuantile } from './beta';
import { learnedFrom, type Experience, type Tally } from './experience';
import { signatureOf } from './signature';

const NOTHING = { statements: new Map<string, Tally>(), actions: new Map<string, Tally>(), problem: null };
const RUN = '0193e0a0-0000-7000-8000-000000000001';

const tally = fc
  .record({ n: fc.double({ min: 0.01, max: 29.3, noNaN: true }), share: fc.double({ min: 0, max: 1, noNaN: true }) })
  .map(({ n, share }): Tally => ({ n, hits: n * share, runs: [RUN] }));
const probability = fc.double({ min: 0.01, max: 0.99, noNaN: true });

const actionsOf = (count: number): ActionInput[] =>
  Array.from({ length: count }, (_, index) => ({
    id: `a${index}`,
    kind: 'tool' as const,
    tool: 'file.read',
    args: { path: `file-${index}` },
    effort: 1 + index,
  }));
const signature = (action: ActionInput) => signatureOf({ ...action, args: action.args ?? {} }) ?? '';

/** Independent assumptions, and a gain for each action in each case. */
const world = fc
  .record({
    ps: fc.array(probability, { minLength: 1, maxLength: 3 }),
    actions: fc.integer({ min: 2, max: 4 }),
    lot: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 32, maxLength: 32 }),
  })
  .map(({ ps, actions: count, lot }) => {
    const assumptions: AssumptionInput[] = ps.map((p, index) => ({
      id: `x${index}`,
      text: `Part ${'abc'[index]} is broken`,
      p,
    }));
    const cases = ps.reduce<Record<string, boolean>[]>(
      (rows, _, index) => rows.flatMap((row) => [true, false].map((value) => ({ ...row, [`x${index}`]: value }))),
      [{}],
    );
    const actions = actionsOf(count);
    const gains: GainRow[] = actions.flatMap(({ id }, action) =>
      cases.map((when, row) => ({ actionId: id, when, gain: lot[action * 8 + row] ?? 0 })),
    );
    return { assumptions, actions, gains };
  });

/** E[G] by enumerating all worlds. */
function expectedGain(
  { assumptions, gains }: { assumptions: readonly AssumptionInput[]; gains: readonly GainRow[] },
  actionId: string,
): number {
  return gains
    .filter((row) => row.actionId === actionId)
    .reduce((total, { when, gain }) => {
      const likelihood = assumptions.reduce((product, { id, p }) => product * (when[id] === true ? p : 1 - p), 1);
      return total + likelihood * gain;
    }, 0);
}

const experience = (mode: 'apply' | 'show', statements: [string, Tally][], actions: [string, Tally][]): Experience => ({
  mode,
  outcomes: () => Promise.resolve({ statements: new Map(statements), actions: new Map(actions), problem: null }),
});

const requestFor = (
  { assumptions, actions, gains }: { assumptions: AssumptionInput[]; actions: ActionInput[]; gains: GainRow[] },
  more: Partial<PlanRequest> = {},
): PlanRequest => ({
  treeId: 't',
  goal: 'g',
  actions,
  beliefs: { assumptions, gains },
  params: { mode: 'expected' },
  ...more,
});

const rankedU = (tree: Tree, id: string) => {
  const row = tree.rankings.expected.find(({ actionId }) => actionId === id);
  if (!row) throw new Error(`${id} is not ranked`);
  return row.U + row.C * tree.params.lambda;
};

describe('a stated value and outcomes', () => {
  it('combine as four observations and n', () => {
    fc.assert(
      fc.property(probability, tally, (stated, outcomes) => {
        const { p, n, interval } = learnedFrom(stated, outcomes);
        expect(p).toBeCloseTo((4 * stated + outcomes.hits) / (4 + outcomes.n), 6);
        expect(n).toBeCloseTo(outcomes.n, 6);
        // No history can move the value further than its weight allows.
        expect(Math.abs(p - stated)).toBeLessThanOrEqual(outcomes.n / (4 + outcomes.n) + 1e-6);
        expect(interval[0]).toBeGreaterThanOrEqual(0);
        expect(interval[0]).toBeLessThan(interval[1]);
        expect(interval[1]).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('have an interval that holds 95% of the Beta distribution, compared with its density summed up', () => {
    const steps = 20_000;
    fc.assert(
      fc.property(fc.double({ min: 1, max: 30, noNaN: true }), fc.double({ min: 1, max: 30, noNaN: true }), (a, b) => {
        const density = Array.from({ length: steps }, (_, index) => {
          const x = (index + 0.5) / steps;
          return Math.exp((a - 1) * Math.log(x) + (b - 1) * Math.log(1 - x));
        });
        const all = density.reduce((sum, value) => sum + value, 0);
        const [low, high] = [betaQuantile(0.025, a, b), betaQuantile(0.975, a, b)];
        const inside = density.reduce((sum, value, index) => {
          const x = (index + 0.5) / steps;
          return x >= low && x <= high ? sum + value : sum;
        }, 0);
        expect(inside / all).toBeCloseTo(0.95, 2);
        expect(betaCdf(low, a, b)).toBeCloseTo(0.025, 9);
      }),
      { numRuns: 30 },
    );
  });
});

describe('outcomes of actions', () => {
  it('move the expected gain to the combination under all beliefs', async () => {
    await fc.assert(
      fc.asyncProperty(world, tally, async (given, outcomes) => {
        const [first] = given.actions;
        if (!first) return;
        const request = requestFor(given, { experience: experience('apply', [], [[signature(first), outcomes]]) });
        const { tree } = await plan(request);
        const G = expectedGain(given, first.id);
        expect(rankedU(tree, first.id)).toBeCloseTo((4 * G + outcomes.hits) / (4 + outcomes.n), 5);
        expect(tree.actions.find(({ id }) => id === first.id)?.learned?.stated).toBeCloseTo(G, 9);
        for (const { id } of given.actions.slice(1)) expect(rankedU(tree, id)).toBeCloseTo(expectedGain(given, id), 9);
      }),
    );
  });

  it('decide: an action that keeps failing is left for the one that was stated to be worse', async () => {
    const actions = actionsOf(2);
    const given = {
      assumptions: [{ id: 'x', text: 'The cache is stale', p: 0.9 }],
      actions,
      gains: [
        { actionId: 'a0', when: { x: true }, gain: 0.9 },
        { actionId: 'a1', when: {}, gain: 0.5 },
      ],
    };
    const failing: [string, Tally][] = [
      [signature(actions[0] ?? { id: '', kind: 'tool' }), { n: 5, hits: 0, runs: [RUN] }],
    ];
    const stated = await plan(requestFor(given));
    const learned = await plan(requestFor(given, { experience: experience('apply', [], failing) }));
    const shown = await plan(requestFor(given, { experience: experience('show', [], failing) }));
    expect([stated, learned, shown].map(({ tree }) => tree.chosen.actionId)).toEqual(['a0', 'a1', 'a0']);
    expect(shown.tree.rankings).toEqual(stated.tree.rankings);
    expect(shown.tree.actions[0]?.learned).toEqual(learned.tree.actions[0]?.learned);
    expect(new Set([stated, learned, shown].map(({ tree }) => tree.inputHash)).size).toBe(3);
  });

  it('are explored: the less an action was tried, the more is added to its U', async () => {
    await fc.assert(
      fc.asyncProperty(
        world,
        tally,
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        async (given, outcomes, explore) => {
          const [first] = given.actions;
          if (!first) return;
          const shown = experience('show', [], [[signature(first), outcomes]]);
          const { tree } = await plan(requestFor(given, { params: { mode: 'expected', explore }, experience: shown }));
          for (const { id } of given.actions) {
            const n = id === first.id ? outcomes.n : 0;
            const bonus = explore * Math.sqrt(Math.log(1 + outcomes.n) / (1 + n));
            expect(rankedU(tree, id)).toBeCloseTo(expectedGain(given, id) + bonus, 5);
            expect(tree.actions.find((action) => action.id === id)?.explore?.bonus).toBeCloseTo(bonus, 9);
          }
        },
      ),
    );
  });
});

describe('outcomes of statements', () => {
  it('replace p by the combination, turned round where the assumption denies the statement', async () => {
    const actions = actionsOf(2);
    const given = {
      assumptions: [{ id: 'x', text: 'DNS is not down', p: 0.9 }],
      actions,
      gains: [{ actionId: 'a0', when: { x: true }, gain: 1 }],
    };
    const down: [string, Tally][] = [['dns is down', { n: 6, hits: 6, runs: [RUN] }]];
    const { tree } = await plan(requestFor(given, { experience: experience('apply', down, []) }));
    expect(tree.assumptions).toMatchObject([{ p: 0.36, learned: { p: 0.36, n: 6, stated: 0.9, runs: [RUN] } }]);
    const shown = (await plan(requestFor(given, { experience: experience('show', down, []) }))).tree;
    expect(shown.assumptions).toMatchObject([{ p: 0.9, learned: { p: 0.36, stated: 0.9 } }]);
  });

  it('leave a conditional table as it is', async () => {
    const given = {
      assumptions: [
        { id: 'x', text: 'The disk is full', p: 0.5 },
        { id: 'y', text: 'The write fails', p: 0.5, given: [{ when: { x: true }, p: 0.9 }] },
      ],
      actions: actionsOf(2),
      gains: [{ actionId: 'a0', when: { y: true }, gain: 1 }],
    };
    const writes: [string, Tally][] = [['the write fails', { n: 9, hits: 0, runs: [RUN] }]];
    const request = requestFor(given, { experience: experience('apply', writes, []) });
    expect((await plan(request)).tree).toEqual((await plan(requestFor(given))).tree);
  });

  it('keep what excludes each other within 1', async () => {
    const ps = fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: 2, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(ps, fc.array(tally, { minLength: 5, maxLength: 5 }), async (raw, tallies) => {
        const total = raw.reduce((sum, p) => sum + p, 0) * 1.01;
        const ids = raw.map((_, index) => `x${index}`);
        const assumptions = raw.map((p, index) => ({
          id: `x${index}`,
          text: `The fault is in part ${'abcde'[index]}`,
          p: p / total,
          excludes: ids.filter((id) => id !== `x${index}`),
        }));
        const actions = actionsOf(2);
        const gains = [{ actionId: 'a0', when: { x0: true }, gain: 1 }];
        const before = (await plan(requestFor({ assumptions, actions, gains }))).tree;
        const outcomes = before.assumptions.map(({ key }, index): [string, Tally] => [
          key,
          tallies[index] ?? { n: 0, hits: 0, runs: [] },
        ]);
        const { tree } = await plan(
          requestFor({ assumptions, actions, gains }, { experience: experience('apply', outcomes, []) }),
        );
        expect(tree.assumptions.reduce((sum, { p }) => sum + p, 0)).toBeLessThanOrEqual(1 + 1e-9 + 0.001 * raw.length);
      }),
      { numRuns: 60 },
    );
  });
});

describe('a tree that has learned', () => {
  it('is the one of the beliefs, byte for byte, where there are no outcomes', async () => {
    const nothing: Experience = { outcomes: () => Promise.resolve(NOTHING) };
    await fc.assert(
      fc.asyncProperty(world, async (given) => {
        const params = { mode: 'expected' as const };
        expect(await plan(requestFor(given, { params, experience: nothing }))).toEqual(
          await plan(requestFor(given, { params })),
        );
      }),
      { numRuns: 20 },
    );
  });

  it('keeps it when it is scored again, and takes facts as before', async () => {
    await fc.assert(
      fc.asyncProperty(world, tally, tally, async (given, one, other) => {
        const outcomes = experience(
          'apply',
          [['part a is broken', one]],
          [[signature(given.actions[0] ?? { id: '', kind: 'tool' }), other]],
        );
        const { tree } = await plan(
          requestFor(given, { experience: outcomes, params: { mode: 'expected', explore: 0.1 } }),
        );
        expect(await scoreTree({ tree: JSON.parse(JSON.stringify(tree)) })).toEqual(tree);
        const next = replan(tree, { treeId: 't2', resolutions: { x0: true }, without: [] }).tree;
        expect(next.actions).toEqual(tree.actions);
        expect(next.assumptions[0]).toEqual({ ...tree.assumptions[0], resolved: true, posterior: 1 });
      }),
      { numRuns: 40 },
    );
  });

  it('says why outcomes could not be read, and goes on without', async () => {
    const late: Experience = {
      outcomes: () => Promise.resolve({ ...NOTHING, problem: 'It was late.' }),
    };
    const given = {
      assumptions: [{ id: 'x', text: 'It rains', p: 0.5 }],
      actions: actionsOf(2),
      gains: [{ actionId: 'a0', when: { x: true }, gain: 1 }],
    };
    expect((await plan(requestFor(given, { experience: late }))).warnings).toContain('It was late.');
  });
});
