import type { StartParams } from '@assent/contract';
import type { Caller } from '../support/caller';
import { frameOf, framesUntil, seen } from '../support/frames';
import { Stage } from '../support/stage';

const RUN = { goal: 'Repair the service', workspace: 'example', memory: false };

const DEFAULTS = {
  mode: 'expected',
  depth: 3,
  ranking: 'value',
  asking: 'net',
  alpha: 1,
  beta: 1,
  lambda: 1,
  effortScale: 60,
  messageScale: 600,
};

describe('what a run chooses', () => {
  let stage: Stage;
  let developer: Caller;

  beforeAll(async () => {
    stage = await Stage.open();
    ({ developer } = await stage.start());
  });
  afterAll(() => stage.close());

  describe('by a trace, with any arguments of its actions', () => {
    const NAMES = ['docker-compose.yml', '2026-02-03', '--dry-run', 'a(b', '[x]{2}', 'C:\\temp', '$&^|?*+./'];

    const traced = (name: string) => ({
      trace: `The cache is probably stale, so I write ${name} next.`,
      actions: [
        { id: 'write', kind: 'tool' as const, tool: 'file.write', args: { path: 'notes.txt', content: name } },
        { id: 'noop', kind: 'noop' as const },
      ],
      params: { lambda: 0.1 },
    });

    it.each(NAMES)('%s is found in it', async (name) => {
      const { runId } = await developer.call('start', { ...RUN, ...traced(name) });
      const frames = await framesUntil(developer, runId, 'run.waiting');
      expect(frameOf(frames, 'path.chosen')['actionId']).toBe('write');
      const tree = await developer.call('tree/get', { runId });
      expect(tree.associations).toContainEqual(expect.objectContaining({ value: true, actionId: 'write' }));
      const subjects = [{ runId }, { tree }, traced(name)];
      for (const subject of subjects) {
        expect((await developer.call('tree/score', subject)).chosen.actionId).toBe('write');
      }
    });
  });

  describe('under the defaults', () => {
    const PATH = 'config/payments.yaml';
    const write = { id: 'write', kind: 'tool' as const, tool: 'file.write', args: { path: PATH, content: 'x' } };
    const noop = { id: 'noop', kind: 'noop' as const };
    const assumptions = [{ id: 'a', text: 'The timeout is too short', p: 0.5 }];
    const worth = (gain: number) => ({ assumptions, gains: [{ actionId: 'write', when: {}, gain }] });
    /** Sixty characters, which cost a tenth. */
    const question = 'Was the payment timeout shortened on purpose, or by mistake?';

    /** What a run and a scoring of the same input choose. */
    async function chosenBy(input: Pick<StartParams, 'actions' | 'beliefs'>): Promise<string[]> {
      const { runId } = await developer.call('start', { ...RUN, ...input });
      await seen(developer, runId, 'path.chosen');
      const trees = [await developer.call('tree/get', { runId }), await developer.call('tree/score', input)];
      expect(trees.map(({ params }) => params)).toEqual(trees.map(() => DEFAULTS));
      return trees.map(({ chosen }) => chosen.actionId);
    }

    it('an action worth 0.84 beats doing nothing', async () => {
      expect(await chosenBy({ actions: [write, noop], beliefs: worth(0.84) })).toEqual(['write', 'write']);
    });

    it('a write worth 0.05 does not', async () => {
      expect(await chosenBy({ actions: [write, noop], beliefs: worth(0.05) })).toEqual(['noop', 'noop']);
    });

    it.each([
      ['worth 0.2 is put', 0.2, 'ask'],
      ['worth 0.01 is not', 0.01, 'write'],
    ])('a question of 60 characters %s', async (_, value, chosen) => {
      // Two writes that gain alike until the answer is known; then one of them gains twice the value more.
      const gainOf = (actionId: string, a: boolean) => [
        { actionId, when: { a }, gain: 0.5 + 2 * value },
        { actionId, when: { a: !a }, gain: 0.5 },
      ];
      const input = {
        actions: [write, { ...write, id: 'write-other' }, { id: 'ask', kind: 'ask' as const, question }],
        beliefs: {
          assumptions,
          associations: [{ assumptionId: 'a', value: true, actionId: 'ask' }],
          gains: [...gainOf('write', true), ...gainOf('write-other', false)],
        },
      };
      expect(question).toHaveLength(60);
      expect(await chosenBy(input)).toEqual([chosen, chosen]);
    });

    it('effort follows the effect of the tool, and what cannot be undone takes more', async () => {
      const call = (id: string, tool: string, more: object = {}) => ({ id, kind: 'tool' as const, tool, ...more });
      const actions = [
        call('a', 'file.read'),
        call('b', 'file.write'),
        call('c', 'file.delete', { irreversible: true }),
        call('d', 'unknown.tool'),
        call('e', 'file.write', { effort: 3 }),
      ];
      const tree = await developer.call('tree/score', { actions, beliefs: { assumptions } });
      expect(tree.actions.map(({ effort }) => effort)).toEqual([1, 5, 15, 10, 3]);
    });
  });

  describe('when it is asked what if', () => {
    it('an assumption had another probability, by the run or by its tree, and stores nothing', async () => {
      const actions = [
        { id: 'v', kind: 'tool' as const, tool: 'file.read', args: { path: 'config/app.yaml' } },
        { id: 'w', kind: 'tool' as const, tool: 'file.read', args: { path: 'config/payments.yaml' } },
      ];
      const beliefs = {
        assumptions: [
          { id: 'cause', text: 'The pool is too small', p: 0.3 },
          { id: 'sign', text: 'The log names the pool', p: 0.5, given: [{ when: { cause: true }, p: 0.9 }] },
        ],
        gains: [
          { actionId: 'v', when: { cause: true }, gain: 1 },
          { actionId: 'w', when: { cause: false }, gain: 1 },
        ],
      };
      const { runId } = await developer.call('start', { ...RUN, actions, beliefs });
      await seen(developer, runId, 'path.chosen');
      const tree = await developer.call('tree/get', { runId });
      expect(tree.chosen.actionId).toBe('w');
      const byRun = await developer.call('tree/score', { runId, assume: { sign: 0.99 } });
      expect(await developer.call('tree/score', { tree, assume: { sign: 0.99 } })).toEqual(byRun);
      // P(cause | sign) = 0.27 / 0.62 and P(cause | no sign) = 0.03 / 0.38.
      const cause = 0.99 * (0.27 / 0.62) + 0.01 * (0.03 / 0.38);
      const moved = byRun.assumptions.find(({ id }) => id === 'cause');
      expect(moved?.posterior).toBeCloseTo(cause, 12);
      expect(moved?.p).toBe(0.3);
      const other = await developer.call('tree/score', { runId, assume: { cause: 0.7 } });
      expect(other.chosen.actionId).toBe('v');
      expect(await developer.call('tree/get', { runId })).toEqual(tree);

      const changed = tree.assumptions.map((one) => (one.id === 'cause' ? { ...one, p: 0.7 } : one));
      const refused = await developer.fail('tree/score', { tree: { ...tree, assumptions: changed } });
      expect(refused).toMatchObject({ code: -32602, data: { pointer: '/tree/root/pTrue' } });
      expect(refused.message).toContain('use "assume"');
      const facts = tree.assumptions.map((one) => (one.id === 'cause' ? { ...one, resolved: true } : one));
      expect((await developer.call('tree/score', { tree: { ...tree, assumptions: facts } })).chosen.actionId).toBe('v');
      for (const [params, pointer] of [
        [{ runId, assume: { nothing: 0.5 } }, '/assume/nothing'],
        [{ runId, assume: { cause: 1 } }, '/assume/cause'],
        [{ beliefs, actions, assume: { cause: 0.5 } }, '/assume'],
        [{ tree: { ...tree, assumptions: facts }, assume: { cause: 0.5 } }, '/assume/cause'],
      ] as const) {
        expect((await developer.fail('tree/score', params)).data).toMatchObject({ pointer });
      }
    });
  });
});
