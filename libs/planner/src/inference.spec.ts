import type { AssumptionInput, Tree } from '@assent/contract';
import fc from 'fast-check';
import { plan } from './plan';
import { replan } from './replan';
import { gainIn, probabilityOfWorld, worldsOf, type World } from './testing/beliefs';
import { TEXTBOOK_NETWORKS, type TextbookNetwork } from './testing/networks';
import { internalsOf, leavesOf } from './testing/trees';
import { problem, type Problem } from './testing/worlds';

type Decision = Pick<Problem, 'actions'> & {
  readonly beliefs: { readonly assumptions: readonly AssumptionInput[]; readonly gains: Problem['beliefs']['gains'] };
};

/** Every world with its probability, computed once and independently of the code under test. */
function weigh(assumptions: readonly AssumptionInput[]): { world: World; p: number }[] {
  return worldsOf(assumptions).map((world) => ({ world, p: probabilityOfWorld(world, assumptions) }));
}

/** Regret of the choice against the best action in expectation over the worlds consistent with the facts. */
function regretOf(
  chosen: string,
  { actions, beliefs }: Decision,
  worlds: readonly { world: World; p: number }[],
  facts: World,
  charges: ReadonlyMap<string, number>,
): number {
  const left = worlds.filter(({ world }) => Object.entries(facts).every(([id, value]) => world[id] === value));
  const mass = left.reduce((sum, { p }) => sum + p, 0);
  const utility = (id: string) =>
    left.reduce((sum, { world, p }) => sum + p * gainIn(world, id, beliefs.gains), 0) / mass - (charges.get(id) ?? 0);
  return Math.max(...actions.map(({ id }) => utility(id))) - utility(chosen);
}

async function treeOf({ actions, beliefs: { assumptions, gains } }: Decision): Promise<Tree> {
  const beliefs = { assumptions: [...assumptions], gains: [...gains] };
  const params = { mode: 'expected', lambda: 0.5 } as const;
  return (await plan({ treeId: 't', goal: 'g', actions: [...actions], beliefs, params })).tree;
}

function regretAfter(
  facts: World,
  { tree, decision, worlds }: { tree: Tree; decision: Decision; worlds: ReturnType<typeof weigh> },
): number {
  const after = replan(tree, { treeId: 't', resolutions: facts, without: [] }).tree;
  const charges = new Map(after.rankings.expected.map(({ actionId, C }) => [actionId, 0.5 * C]));
  return regretOf(after.chosen.actionId, decision, worlds, facts, charges);
}

const decisionOf = ({ actions, assumptions, gains }: TextbookNetwork): Decision => ({
  actions: [...actions],
  beliefs: { assumptions, gains: [...gains] },
});

describe.each(TEXTBOOK_NETWORKS)('the textbook network $name', (network) => {
  it('is chosen in without regret before any fact, and after every set of up to two facts', async () => {
    const worlds = weigh(network.assumptions);
    const ids = network.assumptions.map(({ id }) => id);
    const sets = ids.reduce<World[]>(
      (all, id) => all.flatMap((facts) => [facts, ...[true, false].map((value) => ({ ...facts, [id]: value }))]),
      [{}],
    );
    const decision = decisionOf(network);
    const tree = await treeOf(decision);
    for (const facts of sets.filter((each) => Object.keys(each).length <= 2)) {
      expect(regretAfter(facts, { tree, decision, worlds })).toBeLessThanOrEqual(1e-9);
    }
  });
});

describe('random networks', () => {
  const networks = fc
    .record({
      input: problem({ complete: false, entangled: true, assumptions: { min: 2, max: 5 } }),
      facts: fc.dictionary(fc.constantFrom('x0', 'x1', 'x2', 'x3', 'x4'), fc.boolean(), { maxKeys: 3 }),
    })
    .map(({ input, facts }) => ({
      input,
      facts: Object.fromEntries(
        Object.entries(facts).filter(([id]) => input.beliefs.assumptions.some((assumption) => assumption.id === id)),
      ),
    }));

  it('are chosen in without regret, after any facts', () =>
    fc.assert(
      fc.asyncProperty(networks, async ({ input, facts }) => {
        const worlds = weigh(input.beliefs.assumptions);
        const possible = worlds.some(
          ({ world, p }) => p > 1e-9 && Object.entries(facts).every(([id, value]) => world[id] === value),
        );
        fc.pre(possible);
        const acts = input.actions.filter(({ kind }) => kind !== 'noop');
        const decision = { actions: acts, beliefs: input.beliefs };
        const tree = await treeOf(decision);
        expect(regretAfter(facts, { tree, decision, worlds })).toBeLessThanOrEqual(1e-8);
      }),
      { numRuns: 2_000 },
    ));

  it('leave a value of perfect information above the smallest that counts only where the depth ends', () =>
    fc.assert(
      fc.asyncProperty(networks, fc.integer({ min: 1, max: 6 }), async ({ input }, depth) => {
        const params = { mode: 'expected', depth, ranking: 'value' } as const;
        const { tree } = await plan({ treeId: 't', goal: 'g', actions: input.actions, beliefs: input.beliefs, params });
        for (const { path } of leavesOf(tree.root)) {
          if (path.length === tree.params.depth) continue;
          const resolutions = Object.fromEntries(path.map(({ assumptionId, value }) => [assumptionId, value]));
          const below = replan(tree, { treeId: 't', resolutions, without: [] }).tree;
          expect(below.diagnostics.evpi ?? 1).toBeLessThanOrEqual(1.1e-6);
        }
      }),
      { numRuns: 200 },
    ));

  it('give the same numbers under other names and in another order', () =>
    fc.assert(
      fc.asyncProperty(networks, async ({ input, facts }) => {
        const rename = (id: string) => `z${9 - Number(id.slice(1))}`;
        const renamed = (when: World) =>
          Object.fromEntries(Object.entries(when).map(([id, value]) => [rename(id), value]));
        const { assumptions, gains } = input.beliefs;
        const turned = {
          assumptions: [...assumptions].reverse().map(({ id, p, given = [], excludes = [] }, place) => ({
            id: rename(id),
            text: `Another sentence, number ${place}`,
            p,
            given: given.map((row) => ({ when: renamed(row.when), p: row.p })),
            excludes: excludes.map(rename),
          })),
          gains: [...gains].reverse().map((row) => ({ ...row, when: renamed(row.when) })),
        };
        const params = { ...input.params, mode: 'expected' as const };
        const treeAfter = async (beliefs: Problem['beliefs'], known: World) => {
          const { tree } = await plan({ treeId: 't', goal: 'g', actions: input.actions, beliefs, params });
          return replan(tree, { treeId: 't', resolutions: known, without: [] }).tree;
        };
        const [before, after] = [await treeAfter(input.beliefs, facts), await treeAfter(turned, renamed(facts))];
        const utilities = new Map(after.rankings.expected.map(({ actionId, U }) => [actionId, U]));
        for (const { actionId, U } of before.rankings.expected) expect(utilities.get(actionId)).toBeCloseTo(U, 9);
        for (const { id, marginal, posterior } of before.assumptions) {
          const same = after.assumptions.find((assumption) => assumption.id === rename(id));
          expect(same?.marginal).toBeCloseTo(marginal ?? NaN, 9);
          expect(same?.posterior).toBeCloseTo(posterior ?? NaN, 9);
        }
        expect(after.diagnostics.evpi).toBeCloseTo(before.diagnostics.evpi ?? NaN, 9);
      }),
    ));
});

describe('splits', () => {
  const tool = (id: string) => ({ id, kind: 'tool' as const, tool: 'file.write', effort: 0 });
  const statement = (id: string, p: number) => ({ id, text: `Statement ${id}`, p });

  it('go on where only two assumptions together change the choice', async () => {
    const rows = (actionId: string, same: boolean) =>
      [true, false].map((a) => ({ actionId, when: { a, b: same ? a : !a }, gain: 1 }));
    const beliefs = {
      assumptions: [statement('a', 0.5), statement('b', 0.5), statement('c', 0.5)],
      gains: [...rows('same', true), ...rows('other', false)],
    };
    const { tree } = await plan({ treeId: 't', goal: 'g', actions: [tool('same'), tool('other')], beliefs });
    expect(internalsOf(tree.root).map(({ assumptionId }) => assumptionId)).toEqual(['a', 'b', 'b']);
    expect(leavesOf(tree.root).map(({ G }) => G)).toEqual([1, 1, 1, 1]);
  });

  it('keep a conditional assumption whose parent alone changes nothing', async () => {
    const beliefs = {
      assumptions: [
        statement('parent', 0.5),
        {
          ...statement('child', 0.5),
          given: [true, false].map((parent) => ({ when: { parent }, p: parent ? 0.7 : 0.3 })),
        },
      ],
      gains: [
        { actionId: 'v', when: { child: true }, gain: 1 },
        { actionId: 'w', when: { child: false }, gain: 0.1 },
        { actionId: 'v', when: { child: false }, gain: 0 },
      ],
    };
    const { tree } = await plan({ treeId: 't', goal: 'g', actions: [tool('v'), tool('w')], beliefs });
    expect(tree.root).toMatchObject({ assumptionId: 'child', pTrue: 0.5 });
  });
});

describe('gain rows that are equally specific', () => {
  it('are averaged where both hold, with a warning that names both', async () => {
    const { tree, warnings } = await plan({
      treeId: 't',
      goal: 'g',
      actions: [{ id: 'v', kind: 'tool', tool: 'file.write', effort: 0 }],
      beliefs: {
        assumptions: ['a', 'b'].map((id) => ({ id, text: `Statement ${id}`, p: 0.5 })),
        gains: [
          { actionId: 'v', when: { a: true }, gain: 1 },
          { actionId: 'v', when: { b: true }, gain: 0.2 },
        ],
      },
    });
    expect(tree.rankings.expected[0]?.U).toBeCloseTo((0.6 + 1 + 0.2) / 4, 12);
    expect(warnings).toEqual([expect.stringMatching(/rows of v .*\{a: true\} and \{b: true\}.*averaged/)]);
  });
});
