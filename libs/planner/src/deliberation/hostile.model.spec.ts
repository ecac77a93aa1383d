import { register } from 'prom-client';
import { sql } from '@assent/platform';
import { failsMidway, failsWith, says, saysJson, type EndpointReply } from '@assent/test-support/model-replies';
import { BELIEFS, GAINS, ModelStage, THOUGHT, step, write } from '../testing/model.stage';

let stage: ModelStage;

beforeAll(async () => {
  stage = await ModelStage.open();
});

afterEach(() => stage.reset());

afterAll(() => stage.close());

describe('an endpoint that echoes its key', () => {
  const key = 'key-of-a-test';
  const words = `Bad credentials: ${key}`;
  const faults: [string, EndpointReply][] = [
    ['401', failsWith(401, {}, words)],
    ['400', failsWith(400, {}, words)],
    ['500', failsWith(500, {}, words)],
    ['an error in the stream', failsMidway({ text: ['Hm. '] }, words)],
  ];

  it.each(faults)('gets it into no plan, warning, error or further prompt: %s', async (_, fault) => {
    const { planner: models } = await stage.planner({ LLM_API_KEY: key });
    stage.endpoint.script((call) => (call.answer === null ? says(THOUGHT) : fault));
    const plan = await models.plan(step().request);
    expect(plan).toMatchObject({ degraded: true });
    expect(plan.warnings.join(' ')).toContain('[redacted]');
    stage.endpoint.script((call) => (call.answer === null ? fault : failsWith(400)));
    const outcome: unknown = await models.plan(step().request).catch((thrown: unknown) => thrown);
    const reported = outcome instanceof Error ? `${outcome.message} ${outcome.stack ?? ''}` : '';
    for (const text of [JSON.stringify(plan), JSON.stringify(outcome), reported]) expect(text).not.toContain(key);
    for (const { prompt } of stage.endpoint.calls) expect(prompt).not.toContain(key);
  });
});

describe('text that Postgres refuses', () => {
  it('is replaced in every field a model can fill, and split surrogate pairs are joined', async () => {
    const { planner: models, store } = await stage.planner();
    const calls = [write('a\0.yaml'), { name: 'finish', args: '{"summary":"Done\\ud83d \\u0000."}' }];
    const assumption = { ...BELIEFS.assumptions[0], text: 'The timeout is \0 set\uD83D' };
    stage.endpoint.script([
      says({ reasoning: ['It is \uD83D', '\uDE00\0.'], text: ['\uDE00'], calls }),
      saysJson({ ...BELIEFS, assumptions: [assumption] }),
      saysJson(GAINS),
    ]);
    const { request, deltas } = step();
    const plan = await models.plan(request);
    expect(plan).toMatchObject({ degraded: false, trace: 'It is 😀\uFFFD.\n\n\uFFFD' });
    expect(plan.tree.actions).toMatchObject([
      { args: { path: 'a\uFFFD.yaml' } },
      { kind: 'finish', label: 'Done\uFFFD \uFFFD.' },
    ]);
    const stored = JSON.stringify({ plan, deltas });
    expect(stored).not.toMatch(/\\u0000|\\ud[89a-f]/i);
    const [row] = await store.query<{ same: unknown }>(sql`select ${stored}::jsonb as same`);
    expect(row?.same).toEqual(JSON.parse(stored));
  });
});

describe('usage that cannot be', () => {
  it.each([
    [-1, 20],
    [1.5, 20],
    [100, 1e12],
    [2 ** 31, 0],
  ])('%s in, %s out: is estimated, and the answer counts', async (input, output) => {
    const { planner: models, store } = await stage.planner();
    const usage = { prompt_tokens: input, completion_tokens: output };
    stage.endpoint.script([says({ ...THOUGHT, usage }), saysJson(BELIEFS), saysJson(GAINS)]);
    const { request } = step();
    expect(await models.plan(request)).toMatchObject({ degraded: false, composer: 'model' });
    const [row] = await store.query<{ outcome: string; input: number }>(sql`select outcome, input_tokens as input
      from model_calls where run_id = ${request.runId} and purpose = 'plan'`);
    expect(row?.outcome).toBe('ok+estimated');
    expect(row?.input).toBeGreaterThan(500);
    expect(await register.metrics()).toContain('assent_model_calls_total{purpose="plan",outcome="ok"} 1');
  });

  it('is believed up to what the ledger holds, and sums hold more', async () => {
    const { planner: models } = await stage.planner({ LLM_RUN_TOKENS: 1e10, LLM_TENANT_DAILY_TOKENS: 1e10 });
    const usage = { prompt_tokens: 2 ** 31 - 1, completion_tokens: 2 ** 31 - 1 };
    stage.endpoint.script([says({ ...THOUGHT, usage }), saysJson(BELIEFS), saysJson(GAINS)]);
    expect(await models.plan(step().request)).toMatchObject({ degraded: false });
  });
});

describe('a model that proposes without end', () => {
  it('is stopped, and neither prompts nor warnings grow with what it said', async () => {
    const { planner: models } = await stage.planner();
    const calls = Array.from({ length: 20_000 }, (_, index) => ({ name: `f${index}_${'x'.repeat(300)}`, args: {} }));
    let answers = 0;
    stage.endpoint.script((call) => {
      if (call.answer === 'beliefs') return saysJson({ ...BELIEFS, associations: [] });
      if (call.answer === 'gains') return failsWith(400);
      answers += 1;
      return answers === 1 ? says({ text: ['So many.'], calls }) : says({ text: ['Enough.'] });
    });
    const plan = await models.plan(step().request);
    expect(plan).toMatchObject({ degraded: true, tree: { actions: [{ kind: 'finish', finish: { reached: false } }] } });
    const [first, second] = stage.endpoint.calls.map(({ prompt }) => prompt.length);
    expect((second ?? 0) - (first ?? 0)).toBeLessThan(5_000);
    expect(plan.warnings.length).toBeLessThanOrEqual(32);
    for (const warning of plan.warnings) expect(warning.length).toBeLessThanOrEqual(500);
    expect(plan.warnings[0]).toBe(
      'The first answer of the model could not be used: The model has proposed more than 64 calls.',
    );
    for (const { abandoned } of stage.endpoint.calls) await abandoned;
    expect(stage.endpoint.busy).toBe(0);
  });

  it('within the limit gets a few reasons and the number of the others, as data', async () => {
    const { planner: models } = await stage.planner();
    const calls = Array.from({ length: 60 }, (_, index) => ({ name: `f${index}_${'x'.repeat(500)}`, args: {} }));
    stage.endpoint.script([says({ text: ['So many.'], calls }), says(THOUGHT), saysJson(BELIEFS), saysJson(GAINS)]);
    const plan = await models.plan(step().request);
    const retry = stage.endpoint.calls[1]?.body.messages.at(-1)?.content ?? '';
    const fenced = /<(data-[0-9a-f]{16}) problem>\n([\s\S]*)\n<\/\1>/.exec(retry)?.[2] ?? '';
    expect(fenced).toContain('f7_');
    expect(fenced).not.toContain('f8_');
    expect(fenced).toContain('... and 52 more.');
    expect(fenced.length).toBeLessThan(4_000);
    expect(plan.warnings).toHaveLength(1);
    expect(plan.warnings[0]).toMatch(/^.{400,499}…$/s);
  });

  it('of names in its answers does not fill the prompt either', async () => {
    const { planner: models } = await stage.planner();
    stage.endpoint.script([
      says(THOUGHT),
      saysJson({ ...BELIEFS, ['y'.repeat(50_000)]: 1 }),
      saysJson(BELIEFS),
      saysJson(GAINS),
    ]);
    await models.plan(step().request);
    const retry = stage.endpoint.calls[2]?.body.messages.at(-1)?.content ?? '';
    expect(retry).toContain('must NOT have additional properties');
    expect(retry.length).toBeLessThan(4_500);
  });
});
