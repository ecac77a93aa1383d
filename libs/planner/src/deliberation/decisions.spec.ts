import type { JsonObject } from '@assent/contract';
import { says, saysJson } from '@assent/test-support/model-replies';
import { BELIEFS, ModelStage, step, write, type DecidingPlanner, type Watched } from '../testing/model.stage';
import type { DryTry, StepRequest } from './step-request';

let stage: ModelStage;
let models: DecidingPlanner;

beforeAll(async () => {
  stage = await ModelStage.open();
  ({ planner: models } = await stage.planner());
});

afterAll(() => stage.close());

const turn = (over: Partial<StepRequest> = {}): Watched => step({ deliberation: 'auto', ...over });
const NO_APP: Partial<StepRequest> = {
  tryDry: (_tool, { path }: JsonObject): Promise<DryTry> =>
    Promise.resolve(
      path === 'app.yaml'
        ? { problem: 'The patch of app.yaml fits nowhere.' }
        : { change: { files: [{ path: 'env.ts', kind: 'modify', added: 1, removed: 2 }], filesTotal: 1 } },
    ),
};
const candidate = (id: string, path: string, value: boolean) => ({
  id,
  when: [{ assumptionId: 'x1', value }],
  call: { tool: 'file_write', args: { path, content: 'timeout: 3' } },
});
const DECISION = {
  why: 'Where the timeout is set decides.',
  assumptions: [{ id: 'x1', text: 'The timeout is set in app.yaml', p: 0.3 }],
  candidates: [candidate('c1', 'app.yaml', true), candidate('c2', 'env.ts', false)],
};
const decides = (args: object = DECISION) => says({ calls: [{ name: 'decide', args }] });
const WORDS = 'The timeout is probably set in app.yaml. If it is, changing app.yaml is right.';
const writes = (...paths: string[]) => says({ text: [WORDS], calls: paths.map(write) });
const lastMessage = () => stage.endpoint.calls.at(-1)?.body.messages.at(-1)?.content ?? '';
const purposes = () => stage.endpoint.calls.map(({ answer }) => answer ?? 'plan');

describe('decide', () => {
  it('is offered, and one call of it is the whole plan of a step', async () => {
    stage.endpoint.script([decides()]);
    const { request, deltas } = turn();
    const plan = await models.plan(request);
    expect(plan).toMatchObject({
      composer: 'model',
      degraded: false,
      warnings: [],
      trace: DECISION.why,
      turn: { calls: [{ name: 'decide', decides: true }] },
      tree: {
        mode: 'aggregate',
        chosen: { actionId: 'c2' },
        assumptions: [{ id: 's2.x1', p: 0.3, sources: ['composer'] }],
        actions: [
          { id: 'c1', args: { path: 'app.yaml' } },
          { id: 'c2', args: { path: 'env.ts' } },
        ],
      },
    });
    expect(purposes()).toEqual(['plan']);
    expect(stage.endpoint.calls[0]?.body.tools?.map((tool) => tool.function.name)).toEqual([
      'file_write',
      'ask_person',
      'finish',
      'decide',
    ]);
    expect(deltas).toEqual([{ text: DECISION.why, channel: 'text', attempt: 1 }]);
  });

  it('that is wrong goes back once, with pointers, as the result of its call', async () => {
    const wrong = { ...DECISION, assumptions: [{ id: 'x1', text: 'The timeout is set in app.yaml', p: 1.5 }] };
    stage.endpoint.script([decides(wrong), decides()]);
    const plan = await models.plan(turn().request);
    expect(plan).toMatchObject({ degraded: false, tree: { chosen: { actionId: 'c2' } } });
    expect(lastMessage()).toContain('{"pointer":"/assumptions/0/p","message":"');
    expect(stage.endpoint.calls[1]?.body.messages.slice(-3).map(({ role }) => role)).toEqual([
      'assistant',
      'tool',
      'user',
    ]);
  });

  it('that is wrong twice gives no plan', async () => {
    stage.endpoint.script(() => decides({ ...DECISION, candidates: [] }));
    await expect(models.plan(turn().request)).rejects.toMatchObject({ reason: 'model_failed' });
    expect(stage.endpoint.calls).toHaveLength(2);
  });

  it('is told which candidates cannot be made, and the others are scored', async () => {
    stage.endpoint.script([decides(), decides()]);
    const plan = await models.plan(turn(NO_APP).request);
    expect(lastMessage()).toContain('{"pointer":"/candidates/0","message":"The patch of app.yaml fits nowhere."}');
    expect(plan.tree.actions).toMatchObject([
      { id: 'c2', change: { files: [{ path: 'env.ts', added: 1, removed: 2 }], filesTotal: 1 } },
    ]);
    expect(plan.warnings.join(' ')).toContain('fits nowhere');
  });

  it('goes without candidates that the policy denies', async () => {
    stage.endpoint.script([decides(), decides()]);
    const refusal = (_tool: string, { path }: JsonObject) => (path === 'env.ts' ? 'The policy denies it.' : null);
    const plan = await models.plan(turn({ refusal }).request);
    expect(lastMessage()).toContain('{"pointer":"/candidates/1","message":"The policy denies it."}');
    expect(plan.tree.actions.map(({ id }) => id)).toEqual(['c1']);
  });

  it('names candidates that cannot be made by their place in the call, also beside one that is denied', async () => {
    stage.endpoint.script([decides(), decides()]);
    const refusal = (_tool: string, { path }: JsonObject) => (path === 'app.yaml' ? 'The policy denies it.' : null);
    const tryDry = (): Promise<DryTry> => Promise.resolve({ problem: 'It fits nowhere.' });
    await models.plan(turn({ refusal, tryDry }).request);
    expect(lastMessage()).toContain('{"pointer":"/candidates/0","message":"The policy denies it."}');
    expect(lastMessage()).toContain('{"pointer":"/candidates/1","message":"It fits nowhere."}');
  });

  it('counts alone: other calls of the turn are not carried out', async () => {
    stage.endpoint.script([says({ calls: [write('a.txt'), { name: 'decide', args: DECISION }] })]);
    const plan = await models.plan(turn().request);
    expect(plan.tree.actions.map(({ id }) => id)).toEqual(['c1', 'c2']);
    expect(plan.turn?.calls[0]?.note).toContain('Not carried out');
  });
});

describe('a change that is called directly', () => {
  it('is the only candidate, with the assumptions of the words beside it', async () => {
    stage.endpoint.script([writes('app.yaml')]);
    const plan = await models.plan(turn().request);
    expect(plan).toMatchObject({
      composer: 'lexical',
      degraded: false,
      warnings: [],
      tree: { chosen: { actionId: 'a1' }, actions: [{ tool: 'file.write' }] },
    });
    expect(plan.tree.assumptions.map(({ text }) => text).join()).toContain('app.yaml');
    expect(purposes()).toEqual(['plan']);
  });

  it('without words has its assumptions composed by one short request', async () => {
    stage.endpoint.script([
      says({ calls: [write('app.yaml')] }),
      saysJson({ ...BELIEFS, associations: BELIEFS.associations.slice(0, 1) }),
    ]);
    const plan = await models.plan(turn().request);
    expect(plan).toMatchObject({
      composer: 'model',
      degraded: false,
      tree: { assumptions: [{ id: 's2.x1', p: 0.8 }] },
    });
    expect(purposes()).toEqual(['plan', 'beliefs']);
  });

  it('that cannot be made goes back once with the reason', async () => {
    stage.endpoint.script([writes('app.yaml'), writes('env.ts')]);
    const plan = await models.plan(turn(NO_APP).request);
    expect(lastMessage()).toContain('file_write: The patch of app.yaml fits nowhere.');
    expect(plan.tree.actions).toMatchObject([{ args: { path: 'env.ts' }, change: { filesTotal: 1 } }]);
  });

  it('that cannot be made twice is carried out, so that the step shows why it fails', async () => {
    stage.endpoint.script([writes('app.yaml'), writes('app.yaml')]);
    const plan = await models.plan(turn(NO_APP).request);
    expect(plan.tree.actions).toMatchObject([{ args: { path: 'app.yaml' } }]);
    expect(stage.endpoint.calls).toHaveLength(2);
  });

  it('with others is the first of a plan', async () => {
    stage.endpoint.script([writes('a.txt', 'b.txt', 'c.txt')]);
    const plan = await models.plan(turn().request);
    expect(plan.tree.actions).toMatchObject([{ args: { path: 'a.txt' } }]);
    expect(plan.steps).toMatchObject([
      { summary: 'file.write a.txt', state: 'current', callId: plan.callId },
      { summary: 'file.write b.txt', state: 'planned', callId: null },
      { summary: 'file.write c.txt', state: 'planned', callId: null },
    ]);
    expect(plan.turn?.plan).toEqual(plan.steps);
    const planned = 'Planned, not made yet; call it again when it is its turn.';
    expect(plan.turn?.calls.map(({ note }) => note)).toEqual([undefined, planned, planned]);
  });

  it('comes after a question that was called before it, and before the end of the run', async () => {
    const ask = { name: 'ask_person', args: { question: 'Which unit?', options: ['ms', 's'] } };
    const finish = { name: 'finish', args: { reached: true, summary: 'Done.' } };
    stage.endpoint.script([
      says({ text: ['Hm.'], calls: [ask, write('a.txt')] }),
      says({ text: ['So.'], calls: [finish, write('a.txt'), ask] }),
    ]);
    const asked = await models.plan(turn().request);
    expect(asked.tree.actions).toMatchObject([{ kind: 'ask', options: ['ms', 's'] }]);
    const changed = await models.plan(turn().request);
    expect(changed.tree.actions).toMatchObject([{ kind: 'tool' }]);
  });
});

describe('a question or an end that is called directly', () => {
  const p = 0.4;
  const assumptions = [
    { step: 1, assumptionId: 's1.x3', text: 'The unit is milliseconds', p, truth: null },
    { step: 1, assumptionId: 's1.x4', text: 'It is used', p, truth: true },
  ];

  it('is a decision of one call', async () => {
    stage.endpoint.script([says({ calls: [{ name: 'finish', args: { reached: true, summary: 'Done.' } }] })]);
    expect((await models.plan(turn().request)).tree).toMatchObject({ actions: [{ kind: 'finish' }], assumptions: [] });
    expect(purposes()).toEqual(['plan']);
  });

  it('does not end the run before the model knows that a change beside it cannot be made', async () => {
    const finish = { name: 'finish', args: { reached: true, summary: 'Done.' } };
    const giveUp = { name: 'finish', args: { reached: false, summary: 'It is denied.' } };
    stage.endpoint.script([says({ calls: [write('a.txt'), finish] }), says({ calls: [giveUp] })]);
    const plan = await models.plan(turn({ refusal: (tool) => `The policy denies ${tool}.` }).request);
    expect(lastMessage()).toContain('The policy denies file.write.');
    expect(plan.tree.actions).toMatchObject([{ kind: 'finish', finish: { reached: false } }]);
  });

  it('does not end it in a search either', async () => {
    const finish = { name: 'finish', args: { reached: true, summary: 'Done.' } };
    const giveUp = { name: 'finish', args: { reached: false, summary: 'It is denied.' } };
    stage.endpoint.script([says({ calls: [write('a.txt'), finish] }), says({ calls: [giveUp] })]);
    const refusal = (tool: string) => `The policy denies ${tool}.`;
    const plan = await models.plan(turn({ refusal, deliberation: 'search' }).request);
    expect(stage.endpoint.calls[1]?.prompt).toContain('The policy denies file.write.');
    expect(plan.tree.actions).toMatchObject([{ kind: 'finish', finish: { reached: false } }]);
  });

  it('is about the open assumptions that it names', async () => {
    const args = { question: 'Is it milliseconds?', assumptionIds: ['x3', 's1.x4', 'x9'] };
    stage.endpoint.script([says({ calls: [{ name: 'ask_person', args }] })]);
    const { tree } = await models.plan(turn({ assumptions }).request);
    expect(tree).toMatchObject({
      actions: [{ kind: 'ask', assumptionIds: ['s2.x1'] }],
      assumptions: [{ id: 's2.x1', text: 'The unit is milliseconds', p }],
      diagnostics: { questions: [{ actionId: 'a1', assumptionIds: ['s2.x1'] }] },
    });
    expect(purposes()).toEqual(['plan']);
  });
});

describe('deliberation', () => {
  it('"always" asks for an alternative before a change, once', async () => {
    stage.endpoint.script([writes('app.yaml'), decides()]);
    const plan = await models.plan(turn({ deliberation: 'always' }).request);
    expect(lastMessage()).toContain('Propose at least one alternative with `decide`');
    expect(plan.tree.actions).toHaveLength(2);
    stage.endpoint.script([writes('app.yaml'), writes('app.yaml')]);
    const insisted = await models.plan(turn({ deliberation: 'always' }).request);
    expect(insisted).toMatchObject({ degraded: false, tree: { actions: [{ args: { path: 'app.yaml' } }] } });
    expect(stage.endpoint.calls).toHaveLength(2);
  });

  it('"off" offers no alternatives and states no beliefs', async () => {
    stage.endpoint.script([says({ calls: [write('app.yaml')] })]);
    const plan = await models.plan(turn({ deliberation: 'off' }).request);
    expect(plan.tree).toMatchObject({ assumptions: [], chosen: { actionId: 'a1' } });
    expect(stage.endpoint.calls).toHaveLength(1);
    expect(stage.endpoint.calls[0]?.body.tools?.map((tool) => tool.function.name)).not.toContain('decide');
  });

  it('ends by plain words, twice, with two calls', async () => {
    stage.endpoint.script(() => says({ text: ['All is well.'] }));
    const plan = await models.plan(turn().request);
    expect(plan.tree.actions).toMatchObject([{ kind: 'finish', finish: { reached: false, reason: 'no_action' } }]);
    expect(stage.endpoint.calls).toHaveLength(2);
  });
});
