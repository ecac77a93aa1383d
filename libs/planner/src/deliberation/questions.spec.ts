import { breaksOff, says, saysJson, type EndpointReply } from '@assent/test-support/model-replies';
import { BELIEFS, GAINS, ModelStage, THOUGHT, step, write } from '../testing/model.stage';
import type { PastStep } from './step-request';

let stage: ModelStage;

beforeAll(async () => {
  stage = await ModelStage.open();
});

afterEach(() => stage.reset());

afterAll(() => stage.close());

/** Replies to the planning calls in turn. Beliefs and gains are always the same. */
function planning(...replies: readonly EndpointReply[]): void {
  let next = 0;
  stage.endpoint.script((call) => {
    if (call.answer === 'beliefs') return saysJson({ ...BELIEFS, associations: [] });
    if (call.answer === 'gains') return saysJson({ gains: [{ actionId: 'a1', when: [], gain: 1 }] });
    next += 1;
    return replies[next - 1] ?? says({});
  });
}

const ask = (question: string) => ({ name: 'ask_person', args: { question } });
const asked = (number: number, label: string): PastStep => ({
  step: number,
  action: { kind: 'ask', label },
  outcome: `{"kind":"answer","answer":"yes ${number}"}`,
});

describe('a model that only asks', () => {
  const questions = says({ text: ['I wonder.'], calls: [ask('Is app.yaml in use?')] });

  it('is told, once, to propose also what it would do without an answer', async () => {
    const { planner: models } = await stage.planner();
    planning(questions, says({ text: ['Well.'], calls: [write('app.yaml'), ask('Is app.yaml in use?')] }));
    const plan = await models.plan(step().request);
    expect(stage.endpoint.calls[1]?.body.messages.at(-1)?.content).toContain('what you would do without an answer');
    expect(plan).toMatchObject({ degraded: false, tree: { actions: [{ kind: 'tool' }, { kind: 'ask' }] } });
    expect(plan.warnings[0]).toContain('Only questions were proposed');
  });

  it('asks if that is all it has to say', async () => {
    const { planner: models } = await stage.planner();
    planning(questions, questions);
    const plan = await models.plan(step().request);
    expect(plan.tree).toMatchObject({ actions: [{ kind: 'ask' }], chosen: { actionId: 'a1' } });
    expect(plan.degraded).toBe(false);
    expect(stage.endpoint.calls.filter(({ answer }) => answer === null)).toHaveLength(2);
  });

  it.each([
    ['talks', says({ text: ['I have no idea.'] })],
    ['breaks off', breaksOff({ text: ['I will '] }, 'end')],
  ])('keeps its question when the second answer only %s', async (_, second) => {
    const { planner: models } = await stage.planner();
    planning(questions, second);
    const plan = await models.plan(step().request);
    expect(plan).toMatchObject({ degraded: true, trace: 'I wonder.', tree: { actions: [{ kind: 'ask' }] } });
  });
});

describe('a question that was asked before in the run', () => {
  const history = [1, 2, 3, 4, 5].map((number) => asked(number, `Is file ${number} in use?`));

  it('is no candidate any more, however it is written, and the others are', async () => {
    const { planner: models } = await stage.planner();
    planning(says({ ...THOUGHT, calls: [ask('  is FILE\u00A0１ in  use?'), write('app.yaml')] }));
    const plan = await models.plan(step({ step: 6, history }).request);
    expect(plan.tree.actions).toMatchObject([{ kind: 'tool' }]);
    expect(plan.warnings[0]).toBe(
      'ask_person: This was asked in step 1 already, and its answer is in the prompt: {"kind":"answer","answer":"yes 1"}',
    );
  });

  it('is answered to the model when it has nothing else, even where it is further back than the prompt goes', async () => {
    const { planner: models } = await stage.planner();
    planning(says({ text: ['Hm.'], calls: [ask('Is file 1 in use?')] }), says(THOUGHT));
    const plan = await models.plan(step({ step: 6, history }).request);
    expect(stage.endpoint.calls[0]?.prompt).not.toContain('yes 1');
    expect(stage.endpoint.calls[1]?.prompt).toContain('asked in step 1 already');
    expect(stage.endpoint.calls[1]?.prompt).toContain('yes 1');
    expect(plan.tree.actions).toMatchObject([{ kind: 'tool' }, { kind: 'tool' }]);
  });
});

describe('the composer', () => {
  it('is told that every question settles an assumption', async () => {
    const { planner: models } = await stage.planner();
    stage.endpoint.script([says(THOUGHT), saysJson(BELIEFS), saysJson(GAINS)]);
    await models.plan(step().request);
    expect(stage.endpoint.calls[1]?.prompt).toContain('Every `ask` must have at least one');
  });
});
