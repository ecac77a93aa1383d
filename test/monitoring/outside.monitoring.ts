import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AlertScene } from '../support/alert-scene';
import { eventually } from '../support/eventually';
import { framesUntil } from '../support/frames';
import { startModelEndpoint, type ModelEndpoint } from '../support/model-endpoint';
import { failsWith, says } from '../support/model-replies';
import { FINISHES, MODEL_GOAL, MODEL_KEY } from '../support/model-scene';
import { decide, startPending, startUntilAsked, type Pending } from '../support/pending';
import { callPlan } from '../support/plans';
import { Receiver } from '../support/receiver';
import type { Replica } from '../support/stage';

const POOL = 8;
/** Two assumptions each: more than the alert wants to judge a source. */
const WRONG_RUNS = 26;
const MILLION = 1_000_000;

describe('alerts on tools, models, probabilities and memory', () => {
  let scene: AlertScene;
  let server: Replica;
  let receiver: Receiver;
  let endpoint: ModelEndpoint;
  let folder: string;

  beforeAll(async () => {
    [receiver, endpoint, folder] = await Promise.all([
      Receiver.open(),
      startModelEndpoint(),
      mkdtemp(join(tmpdir(), 'assent-outside-')),
    ]);
    const tools = join(folder, 'tools.json');
    await writeFile(tools, JSON.stringify({ http: { hosts: ['127.0.0.1'] } }));
    scene = await AlertScene.open();
    server = await scene.start({
      TOOLS_FILE: tools,
      EGRESS_ALLOW: '127.0.0.0/8',
      DATABASE_POOL_SIZE: String(POOL),
      LLM_BASE_URL: endpoint.url,
      LLM_MODEL: 'scripted-model',
      LLM_API_KEY: MODEL_KEY,
      LLM_MAX_RETRIES: '0',
      LLM_INPUT_USD_PER_MILLION: '1',
      LLM_RUN_TOKENS: String(100 * MILLION),
      LLM_RUN_COST_USD: '1000',
      LLM_TENANT_DAILY_TOKENS: String(1_000 * MILLION),
      LLM_TENANT_DAILY_COST_USD: '1000',
    });
    await scene.watch(server);
    await scene.runOnce();
  });
  afterAll(async () => {
    await scene.close();
    await Promise.all([receiver.close(), endpoint.close()]);
    await rm(folder, { recursive: true, force: true });
  });

  const thinking = () => server.developer.call('start', { goal: MODEL_GOAL, workspace: 'example', memory: false });
  const nothing = () => Promise.resolve();

  it('fire when effects hold every connection', () => {
    const asked: Pending[] = [];
    return scene.prove({
      provoke: async () => {
        receiver.answer = () => undefined;
        for (let run = 0; run < POOL + 2; run += 1) {
          const args = { method: 'POST', url: `${receiver.origin}/orders/${run}`, body: 'x' };
          asked.push(await startUntilAsked(server.developer, callPlan('http.request', args)));
        }
        for (const one of asked) scene.repeat(() => decide(server.reviewer, one, 'approve'), 5_000);
      },
      alerts: [{ alert: 'AssentDatabasePoolExhausted', shows: /idle in transaction/ }],
      fix: async () => {
        receiver.answer = (response) => response.end('ok');
        await scene.calm();
      },
    });
  });

  it('fire when the system behind a tool resets every connection', () =>
    scene.prove({
      provoke: () => {
        receiver.answer = (response) => response.socket?.resetAndDestroy();
        scene.repeat(() => server.developer.call('start', callPlan('http.get', { url: receiver.origin })), 200);
        return Promise.resolve();
      },
      alerts: [
        { alert: 'AssentToolErrors', shows: /outcome="error"[\s\S]*http\.get/ },
        { alert: 'AssentToolBreakerOpen', shows: /assent_tool_breaker_state\{tool="http[^"]*"\} 2/ },
      ],
      fix: async () => {
        receiver.answer = (response) => response.end('ok');
        await eventually('the breaker closes', async () => {
          const page = await (await fetch(`${server.process.url}/metrics`)).text();
          return !/^assent_tool_breaker_state\{tool="http[^"]*"\} 2/m.test(page);
        });
        await scene.calm();
      },
    }));

  it('fire when the model endpoint fails', () =>
    scene.prove({
      provoke: () => {
        endpoint.script(() => failsWith(500));
        scene.repeat(thinking, 200);
        return Promise.resolve();
      },
      alerts: [{ alert: 'AssentModelFailures', shows: /=> [\d.]+ @[\s\S]*scripted-model/ }],
      fix: async () => {
        endpoint.script(() => says(FINISHES));
        await scene.calm();
      },
    }));

  it('fire when model calls cost much more than before', () =>
    scene.prove({
      provoke: async () => {
        const usage = { prompt_tokens: 20 * MILLION, completion_tokens: 1 };
        endpoint.script(() => says({ ...FINISHES, usage }));
        for (let run = 0; run < 2; run += 1) {
          const { runId } = await thinking();
          await framesUntil(server.developer, runId, 'run.completed');
        }
      },
      alerts: [{ alert: 'AssentModelCost', shows: /scripted-model[^\n]*\| [2-9]\d\.\d\d/ }],
      fix: nothing,
    }));

  it('fire when probabilities turn out worse than a coin', () =>
    scene.prove({
      provoke: async () => {
        for (let run = 0; run < WRONG_RUNS; run += 1) {
          const { runId } = await startPending(server.developer, `wrong-${run}.txt`, 'x', {});
          for (const [assumptionId, truth] of [
            ['too-short', false],
            ['on-purpose', true],
          ] as const) {
            await server.developer.ask('assumption/resolve', { runId, assumptionId, truth });
          }
        }
      },
      alerts: [
        { alert: 'AssentPlannerMiscalibrated', shows: /assent_planner_calibration_brier\{source="caller"\} 0\.[3-9]/ },
      ],
      // Recalibration helps runs that start later; what was believed stays on record.
      fix: () => scene.stage.rows(`delete from resolutions`),
    }));

  it('fire when memory does harm', () =>
    scene.prove({
      provoke: async () => {
        await outcomes('recall', 5, 25);
        await outcomes('control', 25, 5);
        await server.developer.call('memory/optimize', {});
      },
      alerts: [
        { alert: 'AssentMemoryDrift', shows: /assent_memory_gain\{bound="lower"\} -0\.\d+[\s\S]*"frozen":true/ },
      ],
      fix: async () => {
        await scene.stage.rows(
          `update memory_experiences set outcome = 'success' where run_id in (select run_id from memory_recalls where arm = 'recall')`,
        );
        await scene.stage.rows(
          `update memory_experiences set outcome = 'failure' where run_id in (select run_id from memory_recalls where arm = 'control')`,
        );
        await server.developer.call('memory/optimize', {});
      },
    }));

  /** Runs as they are recorded, with and without memory. */
  async function outcomes(arm: string, successes: number, failures: number): Promise<void> {
    await scene.stage.rows(
      `with recalled as (
         insert into memory_recalls (run_id, tenant_id, agent, arm, fragments, created_at)
         select gen_random_uuid(), 'local', 'developer', $1, array[gen_random_uuid()], now() from generate_series(1, $2::integer + $3::integer) returning run_id)
       insert into memory_experiences (run_id, tenant_id, agent, goal, goal_key, outcome, ending, action, path, digested, distilled, created_at)
       select run_id, 'local', 'developer', 'g', 'g', case when row_number() over () <= $2 then 'success' else 'failure' end, 'applied', 'a', '[]', true, true, now() from recalled`,
      [arm, successes, failures],
    );
  }
});
