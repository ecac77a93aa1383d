import type { AssumptionInput, Tree } from '@assent/contract';
import fc from 'fast-check';
import { scoreTree } from './score-tree';
import { treeFor } from './testing/trees';
import { gainIn, probabilityOfWorld, problem, worldsOf, type Problem } from './testing/worlds';

const entangled = problem({ complete: true, entangled: true, asks: true, assumptions: { min: 1, max: 4 } });
const probability = fc.integer({ min: 10, max: 90 }).map((percent) => percent / 100);

interface Weighed {
  readonly world: Record<string, boolean>;
  weight: number;
}

/** Every world with its probability under the assumed ones, by iterative scaling, independent of the code under test. */
function movedWorlds({ assumptions }: Problem['beliefs'], assumed: Record<string, number>): Weighed[] {
  const worlds = worldsOf(assumptions).map((world) => ({ world, weight: probabilityOfWorld(world, assumptions) }));
  for (let round = 0; round < 3_000; round += 1) {
    for (const [id, p] of Object.entries(assumed)) {
      const holding = worlds.reduce((sum, { world, weight }) => (world[id] === true ? sum + weight : sum), 0);
      for (const each of worlds) each.weight *= each.world[id] === true ? p / holding : (1 - p) / (1 - holding);
    }
  }
  return worlds;
}

function expectedGains({ actions, beliefs }: Problem, worlds: readonly Weighed[], { params, rankings }: Tree) {
  const acts = actions.filter(({ kind }) => kind !== 'ask');
  return new Map(
    acts.map(({ id, kind }) => {
      const gain = worlds.reduce((sum, { world, weight }) => sum + weight * gainIn(world, id, beliefs.gains), 0);
      const C = rankings.expected.find(({ actionId }) => actionId === id)?.C ?? 0;
      return [id, kind === 'noop' ? 0 : gain - params.lambda * C] as const;
    }),
  );
}

describe('what if an assumption had another probability', () => {
  it("follows Jeffrey's rule, checked against an enumeration of all worlds", () =>
    fc.assert(
      fc.asyncProperty(entangled, fc.nat(), probability, async (input, pick, p) => {
        const tree = await treeFor(input, { mode: 'expected' });
        const id = input.beliefs.assumptions[pick % input.beliefs.assumptions.length]?.id ?? '';
        const scored = await scoreTree({ tree, assume: { [id]: p } });
        const utilities = expectedGains(input, movedWorlds(input.beliefs, { [id]: p }), scored);
        for (const { actionId, U } of scored.rankings.expected.filter((ranked) => utilities.has(ranked.actionId))) {
          expect(U).toBeCloseTo(utilities.get(actionId) ?? NaN, 8);
        }
        expect(scored.assumptions.find((assumption) => assumption.id === id)?.posterior).toBeCloseTo(p, 9);
      }),
    ));

  it('supports several assumed probabilities, in any order', () =>
    fc.assert(
      fc.asyncProperty(entangled, fc.array(probability, { minLength: 4, maxLength: 4 }), async (input, drawn) => {
        const tree = await treeFor(input, { mode: 'expected' });
        // Small enough to be consistent for all members of an exclusive set.
        const pairs = input.beliefs.assumptions.map(({ id }, index) => [id, 0.1 + (drawn[index] ?? 0.5) / 5] as const);
        const scored = await scoreTree({ tree, assume: Object.fromEntries(pairs) });
        const turned = await scoreTree({ tree, assume: Object.fromEntries([...pairs].reverse()) });
        const utilities = expectedGains(input, movedWorlds(input.beliefs, Object.fromEntries(pairs)), scored);
        for (const ranked of [scored, turned].flatMap(({ rankings }) => rankings.expected)) {
          if (utilities.has(ranked.actionId)) expect(ranked.U).toBeCloseTo(utilities.get(ranked.actionId) ?? NaN, 8);
        }
      }),
      { numRuns: 30 },
    ));

  it('returns a tree with the same scores when it is scored again', () =>
    fc.assert(
      fc.asyncProperty(entangled, fc.nat(), probability, async (input, pick, p) => {
        const tree = await treeFor(input);
        const { id = '' } = input.beliefs.assumptions[pick % input.beliefs.assumptions.length] ?? {};
        const scored = await scoreTree({ tree, assume: { [id]: p } });
        expect(JSON.stringify(await scoreTree({ tree: JSON.parse(JSON.stringify(scored)) as unknown }))).toBe(
          JSON.stringify(scored),
        );
      }),
    ));

  const believed = () =>
    treeFor({
      actions: [
        { id: 'v', kind: 'tool', tool: 'file.write', effort: 1 },
        { id: 'w', kind: 'tool', tool: 'file.write', effort: 1 },
      ],
      beliefs: {
        assumptions: [
          { id: 'a', text: 'The first cause is at work', p: 0.6, excludes: ['b'] },
          { id: 'b', text: 'The second cause is at work', p: 0.3 },
        ],
        gains: [
          { actionId: 'v', when: { a: true }, gain: 1 },
          { actionId: 'w', when: { a: false }, gain: 0.9 },
        ],
      },
      params: {},
    });

  it.each([
    ['one that the tree does not have', { z: 0.5 }, '/assume/z', 'There is no assumption "z"'],
    ['two exclusive ones that sum to more than 1', { a: 0.7, b: 0.6 }, '/assume/b', 'exclude each other'],
  ])('is refused for %s', async (_, assume, pointer, text) => {
    const thrown = scoreTree({ tree: await believed(), assume });
    await expect(thrown).rejects.toMatchObject({
      reason: 'invalid',
      message: expect.stringContaining(text) as string,
      details: { pointer },
    });
  });

  it('moves what hangs together with it, and says what was assumed', async () => {
    const assumptions = Array.from({ length: 12 }, (_, at): AssumptionInput => ({
      id: `a${at + 10}`,
      text: `Assumption ${at + 10}`,
      p: 0.5,
      given: at === 0 ? [] : [true, false].map((value) => ({ when: { [`a${at + 9}`]: value }, p: value ? 0.6 : 0.4 })),
    }));
    const actions = [{ id: 'act', kind: 'noop' as const }];
    const tree = await scoreTree({ goal: 'g', actions, beliefs: { assumptions, associations: [] }, params: {} });
    const moved = await scoreTree({ tree, assume: { a10: 0.7 } });
    // Each is 0.4 + 0.2 of the previous one; its conditions do not change.
    expect(moved.assumed).toEqual({ a10: 0.7 });
    expect(moved.assumptions.map(({ p }) => p)).toEqual(assumptions.map(() => 0.5));
    expect(moved.assumptions.map(({ posterior }) => posterior)).toEqual(
      assumptions.map((_, at) => expect.closeTo(0.5 + 0.2 * 0.2 ** at, 9) as number),
    );
  });

  it('is refused for what is resolved, or settled by that', async () => {
    const tree = await believed();
    const assumptions = tree.assumptions.map((one) => (one.id === 'a' ? { ...one, resolved: true } : one));
    for (const id of ['a', 'b']) {
      await expect(scoreTree({ tree: { ...tree, assumptions }, assume: { [id]: 0.5 } })).rejects.toMatchObject({
        details: { pointer: `/assume/${id}` },
      });
    }
  });
});

describe('a tree that was changed', () => {
  const rand = problem({ entangled: true, assumptions: { min: 1, max: 4 } });

  it('is refused where its splits and its probabilities disagree, naming the node and the way to ask', () =>
    fc.assert(
      fc.asyncProperty(rand, fc.constantFrom(-0.05, 0.05, 1e-6), async (input, by) => {
        const tree = await treeFor(input);
        const { root } = tree;
        if (root.kind === 'leaf') return;
        const p = root.pTrue + (root.pTrue + by > 0.001 && root.pTrue + by < 0.999 ? by : -by);
        const assumptions = tree.assumptions.map((one) =>
          one.id === root.assumptionId ? { ...one, p, given: [] } : one,
        );
        const refusal = {
          reason: 'invalid',
          message: expect.stringMatching(/^Node "n0" splits on .*"assume"/) as string,
          details: { pointer: '/tree/root/pTrue' },
        };
        await expect(scoreTree({ tree: { ...tree, assumptions } })).rejects.toMatchObject(refusal);
        await expect(scoreTree({ tree: { ...tree, root: { ...root, pTrue: p } } })).rejects.toMatchObject(refusal);
      }),
    ));

  it('is taken with any fact that is set in it, and splits on it no more', () =>
    fc.assert(
      fc.asyncProperty(rand, fc.nat(), fc.boolean(), async (input, pick, resolved) => {
        const tree = await treeFor(input);
        const { id } = tree.assumptions[pick % tree.assumptions.length] ?? {};
        const assumptions = tree.assumptions.map((one) => (one.id === id ? { ...one, resolved } : one));
        const scored = await scoreTree({ tree: { ...tree, assumptions } });
        expect(JSON.stringify(scored.root)).not.toContain(`"assumptionId":"${id ?? ''}","pTrue"`);
      }),
    ));
});
