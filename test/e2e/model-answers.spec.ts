import { frameOf, framesOf, seen } from '../support/frames';
import type { RecordedCall } from '../support/model-endpoint';
import { READABLE, USELESS, WORDS, type AnswerForm } from '../support/model-forms';
import { FINISHES, MODEL_FILE, ModelScene } from '../support/model-scene';
import { says, saysJson, sendsRaw, type EndpointReply } from '../support/model-replies';

const NO_BELIEFS = { assumptions: [], associations: [], ranking: [], observed: [] };
const GAIN = { gains: [{ actionId: 'a1', when: [], gain: 1 }] };
const RATE_LIMITED: AnswerForm = {
  name: 'a 429 in a body with status 200',
  reply: sendsRaw('{"error":{"message":"Slow down","code":429}}', 'application/json'),
};
const FORMS: readonly AnswerForm[] = [...READABLE, ...USELESS, ...WORDS, RATE_LIMITED];
const READABLE_NAMES = new Set([...READABLE, RATE_LIMITED].map(({ name }) => name));

const goalOf = ({ name }: AnswerForm) => `Raise the timeout. Form: [${name}].`;

/** Every form of an answer that public reports of endpoints show, each in a run of its own. */
describe('an answer of a model', () => {
  let scene: ModelScene;
  let runs: ReadonlyMap<string, string>;
  const planned = new Map<string, number>();

  /** The first answer of a run has its form; a run whose first answer was readable then finishes. */
  const answer = (call: RecordedCall): EndpointReply => {
    if (call.answer === 'beliefs') return saysJson(NO_BELIEFS);
    if (call.answer === 'gains') return saysJson(GAIN);
    const form = FORMS.find((each) => call.prompt.includes(goalOf(each)));
    if (!form) throw new Error('a run that no form belongs to');
    const before = planned.get(form.name) ?? 0;
    planned.set(form.name, before + 1);
    if (before === 0 || !READABLE_NAMES.has(form.name)) return form.reply;
    if (form === RATE_LIMITED && before === 1) {
      return says({ calls: [{ name: 'file_read', args: { path: MODEL_FILE } }] });
    }
    return says(FINISHES);
  };

  beforeAll(async () => {
    scene = await ModelScene.open({ LLM_MAX_RETRIES: '1' });
    await scene.stage.write(MODEL_FILE, 'timeout_ms: 3\n');
    scene.endpoint.script(answer);
    const started: [string, string][] = [];
    for (const form of FORMS) started.push([form.name, await scene.start({ goal: goalOf(form) })]);
    runs = new Map(started);
  });

  afterAll(() => scene.close());

  const endOf = async (form: AnswerForm, type: string) => {
    const runId = runs.get(form.name) ?? '';
    await seen(scene.replica.developer, runId, type);
    return framesOf(scene.replica.developer, runId);
  };

  it('is tested in at least forty forms', () => {
    expect(new Set(FORMS.map(({ name }) => name)).size).toBe(FORMS.length);
    expect(FORMS.length).toBeGreaterThanOrEqual(40);
  });

  it.each(READABLE.map((form) => [form.name, form] as const))('that deviates is read: %s', async (_, form) => {
    const frames = await endOf(form, 'run.completed');
    expect(frameOf(frames, 'tool.output')).toMatchObject({ step: 1, tool: 'file.read' });
    expect(frameOf(frames, 'run.completed')).toMatchObject({ step: 2, result: { kind: 'finished', reached: true } });
  });

  it('that is a 429 inside a 200 is asked for again', async () => {
    const frames = await endOf(RATE_LIMITED, 'run.completed');
    expect(frames.filter(({ type }) => type === 'tree.built')).toMatchObject([{ step: 2, warnings: [] }]);
    // The answer with the error, the reads, the end: none of them was asked for again in words.
    expect(planned.get(RATE_LIMITED.name)).toBe(3);
    expect(frameOf(frames, 'tool.output')).toMatchObject({ tool: 'file.read' });
  });

  it.each(USELESS.map((form) => [form.name, form] as const))('that is useless gives no result: %s', async (_, form) => {
    const frames = await endOf(form, 'run.failed');
    const { error } = frameOf(frames, 'run.failed') as unknown as { error: { reason: string; message: string } };
    expect(error.reason).toBe('model_failed');
    expect(error.message).toContain(form.quote);
    expect(frames.some(({ type }) => type === 'run.completed' || type === 'tool.output')).toBe(false);
  });

  it.each(WORDS.map((form) => [form.name, form] as const))('in words reaches nothing: %s', async (_, form) => {
    const frames = await endOf(form, 'run.completed');
    expect(frameOf(frames, 'run.completed')).toMatchObject({
      result: { kind: 'finished', reached: false, reason: 'no_action' },
    });
    expect(planned.get(form.name)).toBe(2);
  });

  it('that does not say whether the goal is reached leaves it open', async () => {
    scene.endpoint.script((call) => {
      if (call.answer !== null) return answer(call);
      return says({ calls: [{ name: 'finish', args: { summary: 'I stop.', remaining: 'All of it.' } }] });
    });
    const runId = await scene.start();
    const { result } = await seen(scene.replica.developer, runId, 'run.completed');
    expect(result).toMatchObject({ kind: 'finished', reached: null, summary: 'I stop.', remaining: 'All of it.' });
  });
});
