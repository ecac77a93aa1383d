import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { MAX_GROUNDS, type Ground, type Rationale, type Tree } from '@assent/contract';
import { plan } from '../plan';
import { replan } from '../replan';
import { scoreTree } from '../score-tree';
import { treeFor } from '../testing/trees';
import { gainIn, probabilityOfWorld, problem, worldsOf, type Problem } from '../testing/worlds';

/** Closer to a flip than this, rounding and ties decide. */
const STEP = 1e-4;

function rationaleIn(tree: Tree): Rationale {
  if (!tree.rationale) throw new Error('the tree has no rationale');
  return tree.rationale;
}

function groundsIn({ for: pro, against }: Rationale): Ground[] {
  return [...pro, ...against];
}

/** U of every act given a truth value of one assumption, by enumerating all worlds. */
function utilitiesGiven({ actions, beliefs }: Problem, tree: Tree, id: string, value: boolean): Map<string, number> {
  const { assumptions, gains } = beliefs;
  const worlds = worldsOf(assumptions).filter((world) => world[id] === value);
  const weights = worlds.map((world) => probabilityOfWorld(world, assumptions));
  const mass = weights.reduce((sum, weight) => sum + weight, 0);
  return new Map(
    actions.map(({ id: actionId, kind }) => {
      const gained = worlds.reduce((sum, world, at) => sum + (weights[at] ?? 0) * gainIn(world, actionId, gains), 0);
      const C = tree.rankings.expected.find((ranked) => ranked.actionId === actionId)?.C ?? 0;
      return [actionId, kind === 'noop' ? 0 : gained / mass - tree.params.lambda * C] as const;
    }),
  );
}

function marginIn(utilities: ReadonlyMap<string, number>, chosen: string): number {
  const others = [...utilities].flatMap(([id, U]) => (id === chosen ? [] : [U]));
  return (utilities.get(chosen) ?? NaN) - (others.length === 0 ? 0 : Math.max(...others));
}

describe('the rationale of a choice', () => {
  it.each([100, 180])('quotes no part of a key at character %i, which redaction would not recognize', async (at) => {
    const text = `${'x '.repeat(at / 2)}sk-live-0123456789abcdefghijklmnop and more words, to make the statement long`;
    const beliefs = {
      assumptions: [{ id: 'a', text, p: 0.9 }],
      gains: [
        { actionId: 'v', when: { a: true }, gain: 1 },
        { actionId: 'w', when: { a: false }, gain: 1 },
      ],
    };
    const tool = { kind: 'tool' as const, tool: 'file.write', effort: 0 };
    const actions = [
      { ...tool, id: 'v', label: text },
      { ...tool, id: 'w' },
    ];
    const rationale = rationaleIn((await plan({ treeId: 't', goal: 'g', actions, beliefs })).tree);
    const [ground] = rationale.for;
    expect([ground?.text.slice(0, 3), rationale.sentence.includes('x x')]).toEqual(['x x', true]);
    expect(at === 180 ? ground?.text : rationale.sentence).not.toContain('sk-live');
  });

  it('weighs a ground by what it changes of the lead over the best other action, as in every world', () =>
    fc.assert(
      fc.asyncProperty(problem({ complete: true }), async (input) => {
        const tree = await treeFor(input, { mode: 'expected' });
        const rationale = rationaleIn(tree);
        expect(rationale.actionId).toBe(tree.chosen.actionId);
        const weights = new Map(groundsIn(rationale).map((ground) => [ground.assumptionId, ground]));
        for (const { id } of tree.assumptions) {
          const given = (value: boolean) => marginIn(utilitiesGiven(input, tree, id, value), tree.chosen.actionId);
          const gained = given(true) - given(false);
          const ground = weights.get(id);
          if (Math.abs(gained) > 1e-6) expect(ground).toBeDefined();
          if (ground) expect(ground.value ? ground.weight : -ground.weight).toBeCloseTo(gained, 9);
        }
      }),
    ));

  it('weighs a ground alike with a question on offer that is not asked', () =>
    fc.assert(
      fc.asyncProperty(problem({ complete: true }), fc.nat(), async (input, pick) => {
        const { id = '' } = input.beliefs.assumptions[pick % input.beliefs.assumptions.length] ?? {};
        const ask = { id: 'ask', kind: 'ask', question: 'Which is it?', baseCost: 0.05 } as const;
        const associations = [{ assumptionId: id, value: true, actionId: ask.id }];
        const [without, offered] = [
          await treeFor(input, { mode: 'expected' }),
          await treeFor(
            { ...input, actions: [...input.actions, ask], beliefs: { ...input.beliefs, associations } },
            { mode: 'expected' },
          ),
        ];
        fc.pre(offered.chosen.actionId === without.chosen.actionId);
        fc.pre(without.actions.length > 1);
        const weights = (tree: Tree) =>
          Object.fromEntries(
            groundsIn(rationaleIn(tree))
              .filter(({ weight }) => Math.abs(weight) > 1e-6)
              .map(({ assumptionId, weight }) => [assumptionId, Number(weight.toFixed(9))]),
          );
        expect(weights(offered)).toEqual(weights(without));
      }),
    ));

  it('leads with the assumption that the choice of the example rests on', async () => {
    const file = join(__dirname, '../../../../examples/checkout-service/request.beliefs.json');
    const { beliefs, actions } = JSON.parse(readFileSync(file, 'utf8')) as Pick<Problem, 'beliefs' | 'actions'>;
    const rationale = rationaleIn(await scoreTree({ beliefs, actions }));
    expect(rationale.actionId).toBe('restore-timeout');
    expect(rationale.for[0]?.assumptionId).toBe('seconds-kept');
    expect(rationale.sentence).toMatch(/^Chosen because the payment timeout was carried over from seconds .* \(85%\)/);
  });

  it('of a question names the assumption that it is about, not a heavier one', async () => {
    const write = { kind: 'tool' as const, tool: 'file.write', effort: 5 };
    const rationale = rationaleIn(
      await scoreTree({
        actions: [
          { ...write, id: 'key', label: 'Write the new key' },
          { ...write, id: 'clock', label: 'Set the clock' },
          { id: 'ask', kind: 'ask', question: 'Is the new billing key in the vault?' },
        ],
        beliefs: {
          assumptions: [
            { id: 'off', text: 'The clock is off', p: 0.2 },
            { id: 'stored', text: 'The new key is in the vault', p: 0.5 },
          ],
          associations: [{ assumptionId: 'stored', value: true, actionId: 'ask' }],
          gains: [
            { actionId: 'key', when: { stored: true }, gain: 1 },
            { actionId: 'clock', when: { off: true }, gain: 1 },
          ],
        },
      }),
    );
    expect(rationale.actionId).toBe('ask');
    expect(rationale.against[0]?.assumptionId).toBe('off');
    expect(rationale.sentence).toMatch(/it is open whether "The new key is in the vault" is true \(50%\)/);
  });

  it('lists what makes the chosen action better as for it, what makes another one better as against it, heaviest first', () =>
    fc.assert(
      fc.asyncProperty(problem({ complete: true, asks: true }), async (input) => {
        const rationale = rationaleIn(await treeFor(input, { mode: 'expected' }));
        expect(rationale.for.every(({ weight }) => weight >= 0)).toBe(true);
        expect(rationale.against.every(({ weight }) => weight <= 0)).toBe(true);
        for (const side of [rationale.for, rationale.against]) {
          expect(side.length).toBeLessThanOrEqual(MAX_GROUNDS);
          const weights = side.map(({ weight }) => Math.abs(weight));
          weights.slice(1).forEach((weight, index) => expect(weight).toBeLessThanOrEqual((weights[index] ?? 0) + 1e-8));
        }
        const ids = groundsIn(rationale).map(({ assumptionId }) => assumptionId);
        expect(new Set(ids).size).toBe(ids.length);
      }),
    ));

  it('names the probability from which on another action is chosen, and which one', () =>
    fc.assert(
      fc.asyncProperty(
        problem({ complete: true, asks: true }),
        fc.constantFrom('net' as const, 'evsi' as const),
        async (input, asking) => {
          const tree = await treeFor(input, { mode: 'expected', asking });
          for (const { assumptionId, flipsAt } of groundsIn(rationaleIn(tree))) {
            const p = tree.assumptions.find(({ id }) => id === assumptionId)?.p ?? NaN;
            if (!flipsAt) continue;
            const away = flipsAt.p < p ? -STEP : STEP;
            const [before, after] = [flipsAt.p - away, flipsAt.p + away];
            const chosenAt = async (at: number) =>
              (await scoreTree({ tree, assume: { [assumptionId]: at } })).rankings.expected;
            if (Math.min(before, after) < 0.001 || Math.max(before, after) > 0.999) continue;
            if ((before - p) * away < 0) continue;
            const [kept] = await chosenAt(before);
            const [flipped, second] = await chosenAt(after);
            expect(kept?.actionId).toBe(tree.chosen.actionId);
            if (Math.abs((flipped?.U ?? 0) - (second?.U ?? 0)) > 1e-9) expect(flipped?.actionId).toBe(flipsAt.actionId);
          }
        },
      ),
      { numRuns: 50 },
    ));

  it.each(['expected', 'aggregate', 'paper'] as const)(
    'calls a ground decisive exactly where a fact about it makes the run choose another action (%s)',
    (mode) =>
      fc.assert(
        fc.asyncProperty(problem({ asks: true }), async (input) => {
          const tree = await treeFor(input, { mode });
          const rationale = rationaleIn(tree);
          for (const { assumptionId, decisive } of groundsIn(rationale)) {
            const after = [true, false].map(
              (truth) => replan(tree, { treeId: 't', resolutions: { [assumptionId]: truth }, without: [] }).tree,
            );
            const isClear = after.every(({ chosen: { margin } }) => margin === null || margin > 1e-6);
            if (!isClear) continue;
            expect({ assumptionId, decisive }).toEqual({
              assumptionId,
              decisive: after.some(({ chosen }) => chosen.actionId !== tree.chosen.actionId),
            });
          }
        }),
        { numRuns: 30 },
      ),
  );
});
