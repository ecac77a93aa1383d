import { newId, sql } from '@assent/platform';
import { says, saysJson, silentAt } from '@assent/test-support/model-replies';
import { BELIEFS, GAINS, ModelStage, THOUGHT, step } from '../testing/model.stage';

let stage: ModelStage;

beforeAll(async () => {
  stage = await ModelStage.open();
});

afterEach(() => stage.reset());

afterAll(() => stage.close());

describe('budgets', () => {
  it('are checked before anything is sent, and cut the answer to what is left', async () => {
    const { planner: models } = await stage.planner();
    stage.endpoint.script([says(THOUGHT), saysJson(BELIEFS), saysJson(GAINS)]);
    const { request, warnings } = step({ budget: { tokens: 3_000 } });
    await models.plan(request);
    expect(stage.endpoint.calls[0]?.body.max_tokens).toBeLessThan(3_000);
    expect(warnings).toEqual([]);
    stage.endpoint.script([]);
    const error = await models.plan({ ...request, budget: { tokens: 360 } }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      reason: 'budget_exhausted',
      details: { budget: 'run.tokens', used: 360, limit: 360, runId: request.runId },
    });
    expect(stage.endpoint.calls).toHaveLength(0);
  });

  it('warn at 80%, once for a step', async () => {
    const { planner: models, store } = await stage.planner({
      LLM_INPUT_USD_PER_MILLION: 1,
      LLM_OUTPUT_USD_PER_MILLION: 1,
      LLM_RUN_COST_USD: 1,
    });
    const { request, warnings } = step();
    await store.query(sql`insert into model_calls (id, tenant_id, run_id, step, purpose, provider, model, outcome, input_tokens,
      output_tokens, cost_usd, duration_ms, created_at) values (${newId()}, ${request.tenantId}, ${request.runId}, 1, 'plan', 'x', 'm',
      'ok', 1, 1, 0.85, 1, now())`);
    stage.endpoint.script([says(THOUGHT), saysJson(BELIEFS), saysJson(GAINS)]);
    await models.plan(request);
    expect(warnings).toEqual([{ budget: 'run.costUsd', used: 0.85, limit: 1 }]);
  });

  it('count all runs of a tenant in 24 hours, and nobody else', async () => {
    const { planner: models, store } = await stage.planner({ LLM_TENANT_DAILY_TOKENS: 20_000 });
    const { request } = step();
    const spend = (tenantId: string, hours: number) =>
      store.query(sql`insert into model_calls (id, tenant_id, run_id, step, purpose, provider, model, outcome, input_tokens,
        output_tokens, cost_usd, duration_ms, created_at) values (${newId()}, ${tenantId}, ${newId()}, 1, 'plan', 'x', 'm',
        'ok', 20000, 0, 0, 1, now() - make_interval(hours => ${hours}))`);
    await spend(newId(), 1);
    await spend(request.tenantId, 25);
    stage.endpoint.script([says(THOUGHT), saysJson(BELIEFS), saysJson(GAINS)]);
    await models.plan(request);
    await spend(request.tenantId, 23);
    await expect(models.plan(request)).rejects.toMatchObject({ details: { budget: 'tenant.tokens' } });
  });

  it('are estimated, and marked so, where the endpoint reports no usage', async () => {
    const { planner: models, store } = await stage.planner();
    stage.endpoint.script([says({ ...THOUGHT, usage: null }), saysJson(BELIEFS), saysJson(GAINS)]);
    const { request } = step();
    await models.plan(request);
    const [row] = await store.query<{ outcome: string; input: number; output: number }>(sql`select outcome,
      input_tokens as input, output_tokens as output from model_calls where run_id = ${request.runId} and purpose = 'plan'`);
    expect(row?.outcome).toBe('ok+estimated');
    expect(row?.input).toBeGreaterThan(500);
    expect(row?.output).toBeGreaterThan(20);
  });
});

describe('a call in flight', () => {
  const PRICED = { LLM_INPUT_USD_PER_MILLION: 1, LLM_OUTPUT_USD_PER_MILLION: 1 };

  it('counts from its start with the most it can use, and then with what it has used, in one row', async () => {
    const { planner: models, store } = await stage.planner({ ...PRICED, LLM_MAX_OUTPUT_TOKENS: 1_000 });
    const { request, deltas } = step();
    const rows = () =>
      store.query<{ id: string; outcome: string; input: number; output: number; usd: number }>(sql`select id, outcome,
        input_tokens as input, output_tokens as output, cost_usd as usd from model_calls
        where run_id = ${request.runId} and purpose = 'plan'`);
    let during: ReturnType<typeof rows> | undefined;
    stage.endpoint.script((call) => {
      if (call.answer !== null) return saysJson(call.answer === 'gains' ? GAINS : BELIEFS);
      return async (exchange) => {
        await (during = rows());
        await says(THOUGHT)(exchange);
      };
    });
    await models.plan(request);
    expect(deltas).not.toEqual([]);
    const [reserved] = (await during) ?? [];
    expect(reserved).toMatchObject({ outcome: 'started', output: 1_000 });
    expect(reserved?.input).toBeGreaterThan(500);
    expect(reserved?.usd).toBeCloseTo(((reserved?.input ?? 0) + 1_000) / 1e6);
    expect(await rows()).toEqual([{ id: reserved?.id, outcome: 'ok', input: 100, output: 20, usd: 120 / 1e6 }]);
  });

  it('costs less for input that the provider had cached', async () => {
    const { planner: models, store } = await stage.planner({ ...PRICED, LLM_CACHED_INPUT_USD_PER_MILLION: 0.1 });
    const { request } = step();
    const usage = { prompt_tokens: 100, completion_tokens: 20, prompt_tokens_details: { cached_tokens: 60 } };
    stage.endpoint.script([says({ ...THOUGHT, usage }), saysJson(BELIEFS), saysJson(GAINS)]);
    await models.plan(request);
    const rows = await store.query(sql`select cached_tokens as cached, cost_usd as usd from model_calls
      where run_id = ${request.runId} and purpose = 'plan'`);
    expect(rows).toEqual([{ cached: 60, usd: (40 + 6 + 20) / 1e6 }]);
  });

  it('of a replica that died counts for its run, and for all runs of its tenant', async () => {
    const { planner: models, store } = await stage.planner({ LLM_TENANT_DAILY_TOKENS: 9_000 });
    const { request } = step();
    await store.query(sql`insert into model_calls (id, tenant_id, run_id, step, purpose, provider, model, outcome,
      input_tokens, output_tokens, cost_usd, duration_ms, created_at) values (${newId()}, ${request.tenantId},
      ${request.runId}, 1, 'plan', 'x', 'm', 'started', 4900, 4096, 0, 0, now())`);
    stage.endpoint.script([]);
    const run = { reason: 'budget_exhausted', details: { budget: 'run.tokens' } };
    await expect(models.plan({ ...request, budget: { tokens: 8_000 } })).rejects.toMatchObject(run);
    const tenant = { reason: 'budget_exhausted', details: { budget: 'tenant.tokens' } };
    await expect(models.plan({ ...request, runId: newId() })).rejects.toMatchObject(tenant);
  });

  it('leaves less to a run of the same tenant that starts meanwhile', async () => {
    const { planner: models } = await stage.planner({ LLM_TENANT_DAILY_TOKENS: 5_500 });
    const { request } = step();
    let other: unknown;
    stage.endpoint.script((call) => {
      if (call.answer !== null) return saysJson(call.answer === 'gains' ? GAINS : BELIEFS);
      return async (exchange) => {
        other = await models.plan({ ...step().request, tenantId: request.tenantId }).catch((error: unknown) => error);
        await says(THOUGHT)(exchange);
      };
    });
    await models.plan(request);
    expect(other).toMatchObject({ reason: 'budget_exhausted', details: { budget: 'tenant.tokens' } });
  });
});

describe('prices', () => {
  it.each([
    [{}, false],
    [{ LLM_INPUT_USD_PER_MILLION: 1 }, true],
    [{ LLM_OUTPUT_USD_PER_MILLION: 1 }, true],
  ])('%j: make costs count or not', async (variables, counts) => {
    expect((await stage.planner(variables)).planner.countsCosts).toBe(counts);
  });
});

describe('cancellation', () => {
  it('ends the call with the reason of the signal, closes the connection and keeps what was used', async () => {
    const { planner: models, store } = await stage.planner();
    stage.endpoint.script([silentAt('gap')]);
    const abort = new AbortController();
    const reason = new Error('the run was cancelled');
    const { request } = step({ signal: abort.signal, onDelta: () => abort.abort(reason) });
    await expect(models.plan(request)).rejects.toBe(reason);
    expect(await stage.endpoint.calls[0]?.abandoned).toBe(true);
    const rows = await store.query(sql`select outcome from model_calls where run_id = ${request.runId}`);
    expect(rows).toEqual([{ outcome: 'cancelled+estimated' }]);
  });
});
