import fc from 'fast-check';
import type { ActionInput } from '@assent/contract';
import { plan } from './plan';
import { scoreTree } from './score-tree';
import { treeFor } from './testing/trees';
import { gainIn, probabilityOfWorld, problem, weight, worldsOf, type Problem } from './testing/worlds';

const write = (id: string): ActionInput => ({ id, kind: 'tool', tool: 'file.write', effort: 1 });
const ask: ActionInput = { id: 'ask', kind: 'ask', question: 'Is the file in config or in env?', messageLength: 10 };

/** Sum over answers of max_a EU(a, answer), minus max_a EU(a), by enumerating all worlds. */
function valueByHand(
  input: Problem,
  answerOf: (world: Record<string, boolean>) => string,
  charges: ReadonlyMap<string, number>,
): number {
  const { assumptions, gains } = input.beliefs;
  const acts = input.actions.filter(({ kind }) => kind !== 'ask');
  const worlds = worldsOf(assumptions).map((world) => ({ world, weight: probabilityOfWorld(world, assumptions) }));
  const expected = (id: string, kind: string, of: typeof worlds) =>
    of.reduce(
      (sum, { world, weight: share }) =>
        sum + share * ((kind === 'noop' ? 0 : gainIn(world, id, gains)) - (charges.get(id) ?? 0)),
      0,
    );
  const best = (of: typeof worlds) => Math.max(...acts.map(({ id, kind }) => expected(id, kind, of)));
  const answers = new Set(worlds.map(({ world }) => answerOf(world)));
  return (
    [...answers].reduce((sum, answer) => sum + best(worlds.filter(({ world }) => answerOf(world) === answer)), 0) -
    best(worlds)
  );
}

describe('asking', () => {
  const asking = problem({ asks: true, entangled: true });

  it('13: an ask is chosen only if no other U is higher', () =>
    fc.assert(
      fc.asyncProperty(asking, fc.constantFrom('aggregate' as const, 'expected' as const), async (input, mode) => {
        const { chosen, rankings } = await treeFor(input, { mode, beta: 0 });
        const others = rankings[mode].filter(({ actionId }) => actionId !== 'ask').map(({ U }) => U);
        expect(chosen.actionId === 'ask' ? Math.max(...others) : -Infinity).toBeLessThanOrEqual(chosen.U);
      }),
    ));

  it('14: raising beta on a fixed tree never turns a tool into an ask', () =>
    fc.assert(
      fc.asyncProperty(
        asking,
        weight,
        fc.constantFrom('paper' as const, 'aggregate' as const, 'expected' as const),
        async (input, more, mode) => {
          const tree = await treeFor(input, { mode, messageScale: 100 });
          const raised = await scoreTree({ tree, params: { beta: tree.params.beta + more } });
          expect(raised.chosen.actionId === 'ask' && tree.chosen.actionId !== 'ask').toBe(false);
        },
      ),
    ));

  it('15: an answer is worth at least nothing and at most what knowing everything is worth', () =>
    fc.assert(
      fc.asyncProperty(asking, async (input) => {
        const { questions, evpi } = (await treeFor(input)).diagnostics;
        for (const { evsi } of questions) {
          expect(evsi).toBeGreaterThanOrEqual(0);
          expect(evsi).toBeLessThanOrEqual(evpi ?? NaN);
        }
      }),
    ));

  it('the value of an answer and of knowing everything are those of going through every world', () =>
    fc.assert(
      fc.asyncProperty(problem({ asks: true, entangled: true, complete: true }), async (input) => {
        const { rankings, params, diagnostics } = await treeFor(input);
        const charges = new Map(rankings.expected.map(({ actionId, C }) => [actionId, params.lambda * C]));
        const asked = input.beliefs.assumptions[0]?.id ?? '';
        const [question] = diagnostics.questions;
        expect(question?.evsi ?? 0).toBeCloseTo(
          question ? valueByHand(input, (world) => String(world[asked]), charges) : 0,
          9,
        );
        expect(diagnostics.evpi).toBeCloseTo(
          valueByHand(input, (world) => JSON.stringify(world), charges),
          9,
        );
      }),
    ));

  describe('by the rule "net"', () => {
    it('17: one more action never lowers the best U, with asks on offer too', () =>
      fc.assert(
        fc.asyncProperty(asking, async (input) => {
          const params = { mode: 'expected', asking: 'net', beta: 0, effortScale: 10, messageScale: 100 } as const;
          const best = async (from: Problem) => (await treeFor(from, params)).rankings.expected[0]?.U ?? NaN;
          const [first, ...rest] = input.actions.filter(({ kind }) => kind !== 'ask');
          const fewer = { ...input, actions: input.actions.filter((action) => action !== first) };
          if (!first || rest.length === 0) return;
          const gains = input.beliefs.gains.filter(({ actionId }) => actionId !== first.id);
          const without = { ...fewer, beliefs: { ...input.beliefs, gains } };
          expect(await best(input)).toBeGreaterThanOrEqual((await best(without)) - 1e-9);
        }),
      ));

    it('an ask is chosen exactly when its answer is worth more than it costs', () =>
      fc.assert(
        fc.asyncProperty(asking, async (input) => {
          const { chosen, diagnostics, rankings, params } = await treeFor(input, { mode: 'expected', asking: 'net' });
          const worth = diagnostics.questions.some(({ actionId, evsi }) => {
            const C = rankings.expected.find((ranked) => ranked.actionId === actionId)?.C ?? 0;
            return evsi - params.lambda * C > 1e-6;
          });
          expect(worth && chosen.actionId !== 'ask').toBe(false);
          expect(chosen.actionId === 'ask' && diagnostics.questions.every(({ evsi }) => evsi === 0)).toBe(false);
        }),
      ));
  });

  it('an ask that can change nothing comes last, however dear everything else is', async () => {
    const beliefs = {
      assumptions: [{ id: 'a', text: 'The key is right', p: 0.5 }],
      associations: [{ assumptionId: 'a', value: true, actionId: 'ask' }],
      gains: [{ actionId: 'w', when: {}, gain: 0.1 }],
    };
    const actions = [
      { ...write('w'), baseCost: 5 },
      { ...ask, messageLength: 0 },
    ];
    const { tree } = await plan({ treeId: 't', goal: 'g', actions, beliefs });
    expect(tree.rankings.expected.map(({ actionId }) => actionId)).toEqual(['w', 'ask']);
    expect(tree.chosen.actionId).toBe('w');
  });

  it('an ask wins where its answer adds more than the best action gains', async () => {
    const beliefs = {
      assumptions: ['a', 'b'].map((id) => ({ id, text: `Key ${id} is the right one`, p: 0.5 })),
      associations: ['a', 'b'].map((assumptionId) => ({ assumptionId, value: true, actionId: 'ask' })),
      gains: [true, false].flatMap((a) =>
        [true, false].map((b) => ({ actionId: `write-${String(a)}-${String(b)}`, when: { a, b }, gain: 1 })),
      ),
    };
    const actions = [...beliefs.gains.map(({ actionId }) => write(actionId)), ask];
    const { tree } = await plan({
      treeId: 't',
      goal: 'g',
      actions,
      beliefs,
      params: { lambda: 0.1, effortScale: 1, messageScale: 10 },
    });
    expect(tree.chosen).toMatchObject({ actionId: 'ask', mode: 'expected', leafId: null, path: [] });
    // The best guess, the value that the answer adds, and both costs.
    expect(tree.chosen.U).toBeCloseTo(0.25 + 0.75 - 0.1 - 0.1, 12);
    expect((await scoreTree({ tree, params: { asking: 'evsi' } })).chosen.U).toBeCloseTo(0.75 - 0.1, 12);
    expect(tree.diagnostics.questions).toEqual([{ actionId: 'ask', assumptionIds: ['a', 'b'], evsi: 0.75 }]);
    expect(tree.diagnostics.evpi).toBe(0.75);
  });

  it('an ask without an association asks about the assumption whose words it shares, and says so', async () => {
    const assumptions = [
      { id: 'disk', text: 'The disk is full', p: 0.3 },
      { id: 'file', text: 'The setting lives in the env file', p: 0.5 },
    ];
    const gains = [
      { actionId: 'w', when: { file: true }, gain: 1 },
      { actionId: 'v', when: { file: false }, gain: 1 },
    ];
    const request = { treeId: 't', goal: 'g', beliefs: { assumptions, gains }, params: { messageScale: 10 } };
    const { tree, warnings } = await plan({ ...request, actions: [write('v'), write('w'), ask] });
    expect(tree.diagnostics.questions).toEqual([{ actionId: 'ask', assumptionIds: ['file'], evsi: 0.5 }]);
    // The only ask that settles it costs 1, more than the knowledge is worth.
    expect(tree.diagnostics.check).toBeNull();
    expect(warnings).toContain('ask is taken to ask about file, whose words it shares.');
    const silent = await plan({
      ...request,
      actions: [write('v'), write('w'), { id: 'q', kind: 'ask', question: 'Who?' }],
    });
    expect(silent.tree.diagnostics.check).toEqual({ assumptionId: 'file', value: 0.5, actionId: null, cost: null });
    expect(silent.tree.diagnostics.questions).toEqual([{ actionId: 'q', assumptionIds: [], evsi: 0 }]);
    expect(silent.warnings).toEqual(['q settles no assumption and is worth nothing: add an association to it.']);
  });

  it('the cheapest assumption worth checking is the one with the cheapest ask that is worth its cost', async () => {
    const assumptions = ['dear', 'cheap'].map((id) => ({ id, text: `The ${id} one is right`, p: 0.5 }));
    const gains = [
      { actionId: 'v', when: { dear: true }, gain: 1 },
      { actionId: 'w', when: { cheap: true }, gain: 0.9 },
    ];
    const asks: ActionInput[] = [
      { id: 'ask-dear', kind: 'ask', question: 'dear?', messageLength: 40 },
      { id: 'ask-cheap', kind: 'ask', question: 'cheap?', messageLength: 4 },
    ];
    const { tree } = await plan({
      treeId: 't',
      goal: 'g',
      actions: [write('v'), write('w'), ...asks],
      beliefs: { assumptions, gains },
      params: { lambda: 0.1, messageScale: 40 },
    });
    expect(tree.diagnostics.check).toMatchObject({ assumptionId: 'cheap', actionId: 'ask-cheap' });
    expect(tree.diagnostics.check?.cost).toBeCloseTo(0.01, 12);
  });
});
