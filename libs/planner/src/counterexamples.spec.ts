import fc from 'fast-check';
import type { ActionInput } from '@assent/contract';
import { plan } from './plan';
import { leavesOf, treeFor } from './testing/trees';
import { gainIn, probabilityOfWorld, problem, worldsOf, type Problem } from './testing/worlds';

const tool = (id: string, effort = 1): ActionInput => ({ id, kind: 'tool', tool: 'file.write', effort });

/** Regret of a choice: the best expected U over all worlds, minus that of the chosen action. */
function regretOf(actionId: string, { beliefs, actions }: Problem, charges: ReadonlyMap<string, number>): number {
  const worlds = worldsOf(beliefs.assumptions);
  const utility = (id: string) =>
    worlds.reduce(
      (sum, world) => sum + probabilityOfWorld(world, beliefs.assumptions) * gainIn(world, id, beliefs.gains),
      0,
    ) - (charges.get(id) ?? 0);
  return Math.max(...actions.map(({ id }) => utility(id))) - utility(actionId);
}

const SAMPLES = 300;

describe('counterexamples, kept so that nobody rediscovers them', () => {
  it('paper halves the gain of an action when a split that says nothing of it cuts its path in two', async () => {
    const beliefs = (assumptions: { id: string; text: string; p: number }[]) => ({
      assumptions,
      gains: [{ actionId: 'w', when: {}, gain: 0.8 }],
    });
    const request = { treeId: 't', goal: 'g', actions: [tool('w')], params: { ranking: 'caller', lambda: 0 } as const };
    const whole = await plan({ ...request, beliefs: beliefs([]) });
    const halved = await plan({ ...request, beliefs: beliefs([{ id: 'coin', text: 'The coin shows heads', p: 0.5 }]) });
    expect(leavesOf(halved.tree.root)).toHaveLength(2);
    expect([whole, halved].map(({ tree }) => tree.rankings.paper[0]?.U)).toEqual([0.8, 0.4]);
    expect([whole, halved].map(({ tree }) => tree.rankings.aggregate[0]?.U)).toEqual([0.8, 0.8]);
    expect([whole, halved].map(({ tree }) => tree.rankings.expected[0]?.U)).toEqual([0.8, 0.8]);
  });

  it('paper takes the action of one likely path although another gains more over all paths', async () => {
    const beliefs = {
      assumptions: [{ id: 'a', text: 'The first cause is at work', p: 0.6 }],
      gains: [
        { actionId: 'narrow', when: { a: true }, gain: 1 },
        { actionId: 'broad', when: {}, gain: 0.7 },
      ],
    };
    const actions = [tool('narrow'), tool('broad')];
    const { tree } = await plan({ treeId: 't', goal: 'g', actions, beliefs, params: { lambda: 0 } });
    expect(tree.rankings.paper.map(({ actionId }) => actionId)).toEqual(['narrow', 'broad']);
    expect(tree.rankings.expected.map(({ actionId }) => actionId)).toEqual(['broad', 'narrow']);
    expect(tree).toMatchObject({ modesAgree: false, chosen: { actionId: 'broad', mode: 'expected' } });
    const input = { actions, beliefs, params: {} };
    expect(regretOf('narrow', input, new Map())).toBeCloseTo(0.1, 12);
    expect(regretOf('broad', input, new Map())).toBe(0);
  });

  it('by the rule "evsi", one more action may lower the best U: an answer is worth only what it adds', async () => {
    const assumptions = ['a', 'b'].map((id) => ({ id, text: `Key ${id} is the right one`, p: 0.5 }));
    const narrow = [true, false].flatMap((a) =>
      [true, false].map((b) => ({ actionId: `write-${String(a)}-${String(b)}`, when: { a, b }, gain: 1 })),
    );
    const ask: ActionInput = { id: 'ask', kind: 'ask', question: 'Which key?' };
    const bestWith = async (
      gains: typeof narrow | { actionId: string; when: Record<string, boolean>; gain: number }[],
    ) => {
      const actions = [...new Set(gains.map(({ actionId }) => actionId))].map((id) => tool(id));
      const associations = ['a', 'b'].map((assumptionId) => ({ assumptionId, value: true, actionId: 'ask' }));
      const request = {
        treeId: 't',
        goal: 'g',
        actions: [...actions, ask],
        params: { lambda: 0, asking: 'evsi' } as const,
      };
      return (await plan({ ...request, beliefs: { assumptions, associations, gains } })).tree.chosen;
    };
    expect(await bestWith(narrow)).toMatchObject({ actionId: 'ask', U: 0.75 });
    expect(await bestWith([...narrow, { actionId: 'safe', when: {}, gain: 0.6 }])).toMatchObject({
      actionId: 'safe',
      U: 0.6,
    });
  });

  it('over random worlds expected loses nothing, and paper loses some', async () => {
    const inputs = fc.sample(problem({ complete: true, assumptions: { min: 3, max: 3 } }), {
      numRuns: SAMPLES,
      seed: 2602,
    });
    const means = { paper: 0, aggregate: 0, expected: 0 };
    for (const input of inputs) {
      const tree = await treeFor(input, { depth: 3, lambda: 0.3, effortScale: 9 });
      const charges = new Map(tree.rankings.expected.map(({ actionId, C }) => [actionId, 0.3 * C]));
      for (const mode of ['paper', 'aggregate', 'expected'] as const) {
        means[mode] += regretOf(tree.rankings[mode][0]?.actionId ?? '', input, charges) / inputs.length;
      }
    }
    expect(means.expected).toBeLessThan(1e-9);
    expect(means.paper).toBeGreaterThan(means.aggregate);
  });
});
