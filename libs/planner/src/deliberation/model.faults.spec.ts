import { AssentError } from '@assent/contract';
import { sql } from '@assent/platform';
import {
  breaksOff,
  dripsForEver,
  failsWith,
  floods,
  refuses,
  resetsAfterHeaders,
  resetsBeforeHeaders,
  says,
  saysJson,
  saysNothing,
  sendsRaw,
  silentAt,
  type EndpointReply,
} from '@assent/test-support/model-replies';
import { BELIEFS, GAINS, ModelStage, THOUGHT, step } from '../testing/model.stage';

/** Long enough for an immediate answer on a busy machine. */
const SHORT_MS = 300;

let stage: ModelStage;

beforeAll(async () => {
  stage = await ModelStage.open();
});

afterEach(() => stage.reset());

afterAll(() => stage.close());

describe('a planning call that fails', () => {
  const THEN = [saysJson(BELIEFS), saysJson(GAINS)];
  const faults: [string, EndpointReply][] = [
    ['garbage', sendsRaw('data: {"choices": [nonsense\n\n')],
    ['an HTML page', sendsRaw('<html>login</html>', 'text/html')],
    ['nothing', saysNothing()],
    ['a refusal', refuses()],
    ['half a stream', breaksOff({ text: ['I will '] }, 'end')],
    ['a broken connection', breaksOff({ reasoning: ['I will '] }, 'reset')],
    ['a reset before the headers', resetsBeforeHeaders()],
    ['a reset after the headers', resetsAfterHeaders()],
    ['500', failsWith(500)],
    ['silence before the headers', silentAt('headers')],
    ['silence before content', silentAt('first_content')],
    ['silence in the middle', silentAt('gap')],
    ['a drip without end', dripsForEver(10)],
    ['a flood', floods()],
    ['text without a call', says({ text: ['I would rather talk.'] })],
  ];
  const SHORT = {
    LLM_HEADERS_TIMEOUT_MS: SHORT_MS,
    LLM_FIRST_CONTENT_TIMEOUT_MS: SHORT_MS,
    LLM_GAP_TIMEOUT_MS: SHORT_MS,
    LLM_TOTAL_TIMEOUT_MS: 4 * SHORT_MS,
  };

  it.each(faults)('%s: is asked once more, and the second answer counts', async (_, fault) => {
    const { planner: models } = await stage.planner(SHORT);
    stage.endpoint.script([fault, says(THOUGHT), ...THEN]);
    const plan = await models.plan(step().request);
    expect(plan).toMatchObject({ degraded: false, composer: 'model', tree: { chosen: { actionId: 'a1' } } });
    expect(plan.warnings[0]).toContain('The first answer of the model could not be used');
  });

  it.each(faults)('%s, twice: gives no result', async (name, fault) => {
    const { planner: models, store } = await stage.planner(SHORT);
    stage.endpoint.script((call) => (call.answer === null ? fault : failsWith(400)));
    const { request } = step();
    const outcome = await models.plan(request).catch((error: unknown) => error);
    if (name === 'text without a call') {
      const finish = { reached: false, reason: 'no_action' };
      expect(outcome).toMatchObject({ degraded: true, tree: { actions: [{ kind: 'finish', finish }] } });
    } else {
      expect(outcome).toBeInstanceOf(AssentError);
      expect(outcome).toMatchObject({ reason: 'model_failed', details: { runId: request.runId, step: 2 } });
    }
    expect(stage.endpoint.calls.filter(({ answer }) => answer === null)).toHaveLength(2);
    const rows = await store.query(
      sql`select outcome from model_calls where run_id = ${request.runId} and purpose = 'plan'`,
    );
    expect(rows).toHaveLength(2);
    for (const { abandoned } of stage.endpoint.calls) await abandoned;
    expect(stage.endpoint.busy).toBe(0);
  });

  it('is not asked again where the request itself is refused', async () => {
    const { planner: models } = await stage.planner();
    stage.endpoint.script([failsWith(401)]);
    await expect(models.plan(step().request)).rejects.toMatchObject({
      reason: 'model_failed',
      details: { outcome: 'rejected' },
    });
    expect(stage.endpoint.calls).toHaveLength(1);
  });

  it('uses none of the calls that arrived before the stream broke, in either attempt', async () => {
    const { planner: models } = await stage.planner();
    stage.endpoint.script(() => breaksOff(THOUGHT, 'end'));
    await expect(models.plan(step().request)).rejects.toMatchObject({ reason: 'model_failed' });
  });

  it.each([
    ['cut', says({ ...THOUGHT, finish: 'length' }), 'cut at 16,000 tokens: write the file in parts'],
    ['cut while it thought', says({ reasoning: ['Hm.'], finish: 'length' }), 'think less before you call a function'],
    ['unreadable', says({ calls: [{ name: 'file_write', args: '{"path": "a' }] }), 'The arguments are not valid JSON.'],
    ['an error', sendsRaw('data: {"error": {"message": "out of memory"}}\n\n'), 'out of memory'],
    ['words', says({ text: ['Done.'] }), 'Call a function; `finish` if you are done.'],
  ])('tells the model the cause: %s', async (_, fault, cause) => {
    const { planner: models } = await stage.planner({ LLM_MAX_OUTPUT_TOKENS: 16_000 });
    stage.endpoint.script([fault, says(THOUGHT), ...THEN]);
    await models.plan(step().request);
    expect(stage.endpoint.calls[1]?.prompt).toContain(cause);
  });

  it.each([
    [failsWith(401), 'Check LLM_API_KEY.'],
    [failsWith(404), 'Check LLM_MODEL and the path of LLM_BASE_URL.'],
    [failsWith(400, {}, 'Unsupported value: temperature'), 'LLM_TEMPERATURE'],
    [failsWith(400, {}, "This model's maximum context length is 8192 tokens."), 'a smaller goal or context'],
    [failsWith(503), 'start the run again later'],
    [sendsRaw('<html><title>Sign in</title></html>', 'text/html'), 'not of a web page'],
    [says({ text: ['I re'], finish: 'length' }), 'Raise LLM_MAX_OUTPUT_TOKENS'],
  ])('gives advice that fits', async (fault, advice) => {
    const { planner: models } = await stage.planner();
    stage.endpoint.script(() => fault);
    await expect(models.plan(step().request)).rejects.toThrow(advice);
  });
});

describe('a composer or evaluator that fails', () => {
  const bad: [string, EndpointReply, string][] = [
    ['invalid JSON', says({ text: ['{"assumptions": ['] }), 'not valid JSON'],
    ['a wrong schema', saysJson({ beliefs: [] }), "must have required property 'assumptions'"],
    ['nothing', saysNothing(), 'empty'],
    ['a refusal', refuses(), 'refused'],
    [
      'an unknown action',
      saysJson({ ...BELIEFS, associations: [{ assumptionId: 'x1', value: true, actionId: 'a9' }] }),
      'a9',
    ],
    [
      'an impossible probability',
      saysJson({ ...BELIEFS, assumptions: [{ ...BELIEFS.assumptions[0], p: 7 }] }),
      '/assumptions/0/p',
    ],
    [
      'a circle',
      saysJson({
        ...BELIEFS,
        assumptions: [{ ...BELIEFS.assumptions[0], given: [{ when: [{ assumptionId: 'x1', value: true }], p: 0.5 }] }],
      }),
      'itself',
    ],
    ['500', failsWith(500), '500'],
  ];

  it.each(bad)('%s: is told what was wrong, once', async (_, fault, problem) => {
    const { planner: models } = await stage.planner();
    stage.endpoint.script([says(THOUGHT), fault, saysJson(BELIEFS), saysJson(GAINS)]);
    const plan = await models.plan(step().request);
    expect(plan).toMatchObject({ composer: 'model', degraded: false });
    expect(stage.endpoint.calls[2]?.prompt).toContain(problem);
  });

  it.each(bad)('%s, twice: the assumptions are read from the trace without it', async (_, fault, problem) => {
    const { planner: models } = await stage.planner();
    stage.endpoint.script((call) => (call.answer === null ? says(THOUGHT) : fault));
    const plan = await models.plan(step().request);
    expect(plan).toMatchObject({ composer: 'lexical', degraded: true });
    expect(plan.tree.assumptions.filter(({ id }) => !id.startsWith('s2.'))).toEqual([]);
    expect(plan.warnings[0]).toContain(problem);
    expect(stage.endpoint.calls).toHaveLength(3);
  });

  it('goes on without gains when the evaluator fails twice', async () => {
    const { planner: models } = await stage.planner();
    stage.endpoint.script((call) => {
      if (call.answer === null) return says(THOUGHT);
      return call.answer === 'beliefs' ? saysJson(BELIEFS) : saysJson({ gains: [] });
    });
    const plan = await models.plan(step().request);
    expect(plan).toMatchObject({ composer: 'model', degraded: true, tree: { mode: 'aggregate', gains: null } });
    expect(plan.warnings[0]).toContain('There is no row');
    expect(stage.endpoint.calls).toHaveLength(4);
  });

  it('drops assumptions that name what occurs nowhere', async () => {
    const { planner: models } = await stage.planner();
    const invented = { id: 'x2', text: 'The value is read by server.rb', p: 0.5, excludes: ['x1'], given: [] };
    const associations = [...BELIEFS.associations, { assumptionId: 'x2', value: true, actionId: 'a2' }];
    const beliefs = { ...BELIEFS, assumptions: [...BELIEFS.assumptions, invented], associations };
    stage.endpoint.script([says(THOUGHT), saysJson(beliefs), saysJson(GAINS)]);
    const plan = await models.plan(step().request);
    expect(plan.tree.assumptions.map(({ id }) => id)).toEqual(['s2.x1']);
    expect(plan.warnings).toEqual([
      'Assumption "x2" of the model was dropped: server.rb occurs nowhere in what it was given.',
    ]);
  });

  it('without reasoning takes what was proposed first', async () => {
    const { planner: models } = await stage.planner();
    stage.endpoint.script((call) => (call.answer === null ? says({ calls: THOUGHT.calls }) : failsWith(400)));
    const plan = await models.plan(step().request);
    expect(plan).toMatchObject({ composer: 'lexical', trace: '', tree: { chosen: { actionId: 'a1' } } });
  });
});
