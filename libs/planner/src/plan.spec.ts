import type { ActionInput, AssumptionInput, Beliefs } from '@assent/contract';
import { plan, type PlanRequest } from './plan';
import { leavesOf } from './testing/trees';

const tool = (id: string, more: Partial<ActionInput> = {}): ActionInput => {
  return { id, kind: 'tool', tool: 'file.write', effort: 1, ...more };
};
const statement = (id: string, p: number, more: Partial<AssumptionInput> = {}): AssumptionInput => ({
  id,
  text: `The thing called ${id} is there`,
  p,
  ...more,
});
const request = (beliefs: Beliefs, actions: ActionInput[], more: Partial<PlanRequest> = {}): PlanRequest => ({
  treeId: 'tree_1',
  goal: 'Fix it',
  actions,
  beliefs,
  ...more,
});

const either: Beliefs = {
  assumptions: [statement('a', 0.8)],
  gains: [
    { actionId: 'v', when: { a: true }, gain: 1 },
    { actionId: 'w', when: { a: false }, gain: 0.5 },
  ],
};

describe('plan', () => {
  it('makes a whole tree that a reader can follow', async () => {
    const { tree, paths, composer, degraded, warnings } = await plan(
      request(either, [tool('v', { effort: 2 }), tool('w')], {
        params: { lambda: 0.1, effortScale: 2 },
      }),
    );
    expect({ composer, degraded, warnings }).toEqual({ composer: 'caller', degraded: false, warnings: [] });
    expect(tree).toMatchObject({
      id: 'tree_1',
      version: 2,
      goal: 'Fix it',
      mode: 'expected',
      params: {
        mode: 'expected',
        depth: 3,
        alpha: 1,
        beta: 1,
        lambda: 0.1,
        effortScale: 2,
        messageScale: 600,
        ranking: 'value',
        asking: 'net',
      },
      root: {
        kind: 'internal',
        id: 'n0',
        assumptionId: 'a',
        pTrue: 0.8,
        yes: {
          kind: 'leaf',
          id: 'l0',
          path: [{ assumptionId: 'a', value: true }],
          actionId: 'v',
          L: 0.8,
          G: 1,
          C: 1,
          U: 0.8 - 0.1,
        },
        no: { kind: 'leaf', id: 'l1', path: [{ assumptionId: 'a', value: false }], actionId: 'w', G: 0.5, C: 0.5 },
      },
      chosen: { actionId: 'v', mode: 'expected', leafId: 'l0', path: [{ assumptionId: 'a', value: true }] },
      modesAgree: true,
      diagnostics: { leaves: 2, depth: 1, rawSum: 1, rawSumOff: false, allNegative: false, clampedGains: 0 },
    });
    expect(tree.inputHash).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(tree.chosen.margin).toBeCloseTo(0.8 - 0.1 - (0.1 - 0.05), 12);
    expect(paths.map(({ leafId }) => leafId)).toEqual(['l0', 'l1']);
  });

  it('stops splitting where knowing more would not change the choice', async () => {
    const { tree } = await plan({
      ...request(
        {
          assumptions: [statement('a', 0.5)],
          gains: [
            { actionId: 'v', when: { a: true }, gain: 0.9 },
            { actionId: 'v', when: {}, gain: 0.6 },
          ],
        },
        [tool('v'), tool('w')],
      ),
      params: { prune: 'decision' },
    });
    expect(tree.root).toMatchObject({ kind: 'leaf', path: [], actionId: 'v', L: 1, G: 0.75 });
  });

  it('takes the caller’s order of splits when asked to, and splits to the full depth', async () => {
    const beliefs: Beliefs = {
      ...either,
      assumptions: [statement('z', 0.5), statement('a', 0.8), statement('b', 0.5)],
    };
    const { tree } = await plan(request(beliefs, [tool('v'), tool('w')], { params: { ranking: 'caller', depth: 2 } }));
    expect(tree.root).toMatchObject({ assumptionId: 'z', yes: { assumptionId: 'a' }, no: { assumptionId: 'a' } });
    expect(leavesOf(tree.root)).toHaveLength(4);
  });

  it('splits on what depends on another before that other, by its marginal, and shows it', async () => {
    const beliefs: Beliefs = {
      assumptions: [
        statement('a', 0.3, {
          given: [
            { when: { b: true }, p: 0.9 },
            { when: { b: false }, p: 0.2 },
          ],
        }),
        statement('b', 0.5),
      ],
      gains: [
        { actionId: 'v', when: { a: true }, gain: 1 },
        { actionId: 'w', when: { a: false }, gain: 1 },
      ],
    };
    const { tree } = await plan(request(beliefs, [tool('v'), tool('w')]));
    expect(tree.root).toMatchObject({
      assumptionId: 'a',
      pTrue: expect.closeTo(0.55, 12) as number,
      yes: { kind: 'leaf', actionId: 'v' },
      no: { kind: 'leaf', actionId: 'w' },
    });
    const known = await plan(request(beliefs, [tool('v'), tool('w')], { resolutions: { b: true } }));
    expect(known.tree.assumptions[0]).toMatchObject({
      p: 0.3,
      marginal: expect.closeTo(0.55, 12) as number,
      posterior: expect.closeTo(0.9, 12) as number,
    });
  });

  it('forces to false what a true assumption excludes, and lets it stand where it is not', async () => {
    const beliefs: Beliefs = {
      assumptions: [statement('a', 0.6, { excludes: ['b'] }), statement('b', 0.3)],
      gains: [
        { actionId: 'v', when: { a: true }, gain: 1 },
        { actionId: 'w', when: { b: true }, gain: 1 },
        { actionId: 'x', when: { a: false, b: false }, gain: 1 },
      ],
    };
    const { tree } = await plan(request(beliefs, [tool('v'), tool('w'), tool('x')]));
    expect(tree.root).toMatchObject({
      assumptionId: 'a',
      yes: { kind: 'leaf', actionId: 'v' },
      no: { assumptionId: 'b', pTrue: expect.closeTo(0.3 / 0.4, 12) as number },
    });
  });

  it('merges what says the same, a negation turned round, under the plain wording', async () => {
    const beliefs: Beliefs = {
      assumptions: [
        { id: 'n', text: 'The config is not in app.yaml', p: 0.2 },
        { id: 'y', text: 'The config is probably in app.yaml.', p: 0.8 },
      ],
      associations: [{ assumptionId: 'n', value: true, actionId: 'v' }],
    };
    const { tree, warnings } = await plan(request(beliefs, [tool('v'), tool('w')]));
    expect(tree.assumptions).toMatchObject([
      {
        id: 'y',
        key: 'the config is in app.yaml',
        negated: false,
        p: 0.8,
        entities: ['app.yaml'],
        sources: ['caller'],
      },
    ]);
    expect(tree.associations).toEqual([{ assumptionId: 'y', value: false, actionId: 'v' }]);
    expect(warnings).toEqual(['n: says the same as y; merged.']);
  });

  it('pools what is said twice by the mean of the log-odds', async () => {
    const beliefs: Beliefs = {
      assumptions: [0.5, 0.9].map((p, index) => ({ id: `s${index}`, text: 'The port is wrong', p })),
      associations: [],
    };
    const { tree } = await plan(request(beliefs, [tool('v')]));
    expect(tree.assumptions[0]?.p).toBeCloseTo(0.75, 12);
  });

  it('keeps what a caller called true true, even where the wording is a negation', async () => {
    const beliefs: Beliefs = {
      assumptions: [{ id: 'n', text: 'DNS is not reachable', p: 0.9 }],
      gains: [
        { actionId: 'v', when: { n: true }, gain: 1 },
        { actionId: 'w', when: { n: false }, gain: 1 },
      ],
    };
    const { tree } = await plan(request(beliefs, [tool('v'), tool('w')]));
    expect(tree.assumptions[0]).toMatchObject({ id: 'n', key: 'dns is reachable', negated: true, p: 0.9 });
    expect(tree.root).toMatchObject({ pTrue: 0.9, yes: { actionId: 'v' }, no: { actionId: 'w' } });
  });

  it('takes a resolved assumption as a fact: no split, no doubt, and what it excludes is false', async () => {
    const beliefs: Beliefs = {
      ...either,
      assumptions: [...either.assumptions, statement('b', 0.1, { excludes: ['a'] })],
    };
    const actions = [tool('v'), tool('w')];
    const refuted = await plan(request(beliefs, actions, { resolutions: { a: false } }));
    expect(refuted.tree.root).toMatchObject({ kind: 'leaf', actionId: 'w', L: 1, G: 0.5 });
    expect(refuted.tree.assumptions.map(({ id, resolved }) => [id, resolved])).toEqual([
      ['a', false],
      ['b', null],
    ]);
    const excluded = await plan(request(beliefs, actions, { resolutions: { b: true } }));
    expect(excluded.tree.root).toMatchObject({ kind: 'leaf', actionId: 'w', G: 0.5 });
    const both = await plan(request(beliefs, actions, { resolutions: { a: true, b: true } }));
    expect(both.warnings).toEqual([
      'a and b exclude each other, but both were resolved to true; the exclusion was dropped.',
    ]);
  });

  it('clamps a gain outside 0 to 1 and says so', async () => {
    const { tree, warnings } = await plan(
      request({ assumptions: [], gains: [{ actionId: 'v', when: {}, gain: 1.5 }] }, [tool('v', { effort: 60 })]),
    );
    expect(tree.rankings.expected).toEqual([{ actionId: 'v', U: 0, C: 1 }]);
    expect(tree.diagnostics.clampedGains).toBe(1);
    expect(warnings).toEqual(['1 of the gains lie outside 0 to 1, first 1.5 of v; clamped.']);
  });

  it('returns the best of a bad lot and flags it', async () => {
    const { tree } = await plan(
      request({ assumptions: [], gains: [{ actionId: 'v', when: {}, gain: 0.2 }] }, [tool('v', { effort: 60 })]),
    );
    expect(tree.chosen).toMatchObject({ actionId: 'v', U: -0.8, margin: null });
    expect(tree.diagnostics.allNegative).toBe(true);
  });

  it('gives a noop a U of 0, and says when it wins over a tool that gains more', async () => {
    const { tree, warnings } = await plan(
      request({ assumptions: [], gains: [{ actionId: 'v', when: {}, gain: 0.2 }] }, [
        tool('v', { effort: 60 }),
        { id: 'rest', kind: 'noop' },
      ]),
    );
    expect(tree.rankings.expected[0]).toEqual({ actionId: 'rest', U: 0, C: 0 });
    expect(warnings).toEqual([expect.stringContaining('rest is chosen although a tool gains more')]);
  });

  it('breaks a tie by cost, reversibility and id', async () => {
    const ranked = async (actions: ActionInput[]) =>
      (await plan(request({ assumptions: [] }, actions))).tree.rankings.expected.map(({ actionId }) => actionId);
    expect(await ranked([tool('b', { irreversible: true }), tool('c'), tool('a', { irreversible: true })])).toEqual([
      'c',
      'a',
      'b',
    ]);
    const flat = {
      assumptions: [],
      gains: [
        { actionId: 'dear', when: {}, gain: 1 },
        { actionId: 'free', when: {}, gain: 0 },
      ],
    };
    const { tree } = await plan(request(flat, [tool('dear', { effort: 60 }), tool('free', { effort: 0 })]));
    expect(tree.rankings.expected.map(({ actionId, U }) => [actionId, U])).toEqual([
      ['free', 0],
      ['dear', 0],
    ]);
    expect(tree.chosen.margin).toBe(0);
  });

  it('tells which assumptions the choice hangs on', async () => {
    const beliefs: Beliefs = { ...either, assumptions: [statement('a', 0.36), statement('b', 0.5)] };
    const { tree } = await plan(request(beliefs, [tool('v'), tool('w')]));
    expect(tree.chosen.actionId).toBe('v');
    expect(tree.diagnostics.sensitivity).toEqual([
      { assumptionId: 'a', lower: 'w', higher: 'v', flips: true },
      { assumptionId: 'b', lower: 'v', higher: 'v', flips: false },
    ]);
  });

  it('weighs sixty-four associations exactly', async () => {
    const assumptions = Array.from({ length: 64 }, (_, index) => statement(`s${index}`, 0.02));
    const associations = assumptions.map(({ id }) => ({ assumptionId: id, value: true, actionId: 'v' }));
    const { tree } = await plan({
      ...request({ assumptions, associations }, [tool('v'), tool('w')]),
      params: { prune: 'decision' },
    });
    expect(tree.root).toMatchObject({ kind: 'leaf', actionId: 'v' });
    expect(leavesOf(tree.root)[0]?.G).toBeCloseTo(1 - 0.98 ** 64, 12);
    expect(tree.diagnostics.evpi).toBeNull();
  });

  it('refuses gains that are too entangled to be exact about', async () => {
    const assumptions = Array.from({ length: 60 }, (_, index) => statement(`s${index}`, 0.5));
    const rows = Array.from({ length: 400 }, (_, row) => ({
      actionId: 'v',
      when: Object.fromEntries(
        Array.from({ length: 8 }, (__, literal) => [
          `s${(row * 7 + literal * (11 + (row % 13))) % 60}`,
          (row >> (literal % 8)) % 2 === 0,
        ]),
      ),
      gain: (row % 100) / 100,
    }));
    const gains = [...new Map(rows.map((row) => [JSON.stringify(Object.entries(row.when).sort()), row])).values()];
    await expect(plan(request({ assumptions, gains }, [tool('v')]))).rejects.toMatchObject({
      reason: 'invalid',
      details: { pointer: '/beliefs/gains' },
    });
  });
});
