import { eventually } from '../support/eventually';
import { frameOf, framesOf, framesUntil, seen } from '../support/frames';
import type { ModelEndpoint } from '../support/model-endpoint';
import { says, silentAt } from '../support/model-replies';
import {
  FINISHES,
  LOOKS,
  MODEL_FILE,
  MODEL_GOAL,
  ModelScene,
  SILENTLY_WRITES,
  WRITES,
  decides,
} from '../support/model-scene';
import { playing } from '../support/model-script';
import { decide as approve } from '../support/pending';
import type { Replica, Stage } from '../support/stage';

describe('a run that a model plans, at its limits', () => {
  let scene: ModelScene;
  let stage: Stage;
  let endpoint: ModelEndpoint;
  let replica: Replica;

  beforeAll(async () => {
    scene = await ModelScene.open();
    ({ stage, endpoint, replica } = scene);
  });

  afterAll(async () => {
    await scene.close();
  });

  it('is warned when its budget runs low, and stops before it pays for a call that it cannot afford', async () => {
    const usage = { prompt_tokens: 10_000, completion_tokens: 500 };
    endpoint.script(playing([{ plan: { ...SILENTLY_WRITES, usage } }]));
    const runId = await scene.start({ budget: { tokens: 12_000 } });
    await approve(replica.reviewer, await scene.pendingOf(runId), 'approve');
    const frames = await framesUntil(replica.developer, runId, 'run.failed');
    expect(frameOf(frames, 'budget.warning')).toMatchObject({ budget: 'run.tokens', used: 10_500, limit: 12_000 });
    expect(frameOf(frames, 'run.failed')).toMatchObject({ error: { reason: 'budget_exhausted' } });
    // One step: its turn, and the assumptions of the change. The prompt of the next one does not fit into what is left.
    expect(endpoint.calls).toHaveLength(2);
  });

  it('is refused a budget in money where nobody knows the prices', async () => {
    const params = { goal: MODEL_GOAL, budget: { costUsd: 1 } };
    expect(await replica.developer.fail('start', params)).toMatchObject({
      code: -32602,
      data: { pointer: '/budget/costUsd' },
    });
  });

  it('stops after as many steps as it may take', async () => {
    endpoint.script(playing(Array.from({ length: 3 }, () => ({ plan: LOOKS }))));
    const runId = await scene.start({ maxSteps: 2 });
    const failed = frameOf(await framesUntil(replica.developer, runId, 'run.failed'), 'run.failed');
    expect(failed).toMatchObject({ step: 2, error: { reason: 'budget_exhausted' } });
  });

  it('counts questions as steps', async () => {
    endpoint.script(
      playing(
        ['Which?', 'Where?'].map((question) => ({
          plan: { text: ['Hm.'], calls: [{ name: 'ask_person', args: { question } }] },
        })),
      ),
    );
    const runId = await scene.start({ maxSteps: 2 });
    for (const step of [1, 2]) {
      const request = await seen(replica.developer, runId, 'request', step);
      await replica.developer.post('/rpc', { jsonrpc: '2.0', id: request['id'], result: { text: 'No idea.' } });
    }
    const failed = frameOf(await framesUntil(replica.developer, runId, 'run.failed'), 'run.failed');
    expect(failed).toMatchObject({ step: 3, error: { reason: 'budget_exhausted' } });
  });

  it('is told what was settled elsewhere while it made its plan', async () => {
    await stage.write(MODEL_FILE, 'timeout_ms: 3\n');
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const text = 'The gateway needs three seconds';
    const when = [{ assumptionId: 'x1', value: true }];
    const [call] = WRITES.calls ?? [];
    const decision = decides([{ id: 'x1', text, p: 0.8 }], { when, call: { tool: 'file_write', args: call?.args } });
    endpoint.script(
      playing([
        {
          plan: async (exchange) => {
            await gate;
            await says(decision)(exchange);
          },
        },
        { plan: FINISHES },
      ]),
    );
    const planning = await scene.start();
    await eventually('the model is asked', () => endpoint.calls.length === 1);
    const other = await replica.developer.call('start', {
      goal: MODEL_GOAL,
      memory: false,
      actions: [{ id: 'stop', kind: 'finish' }],
      beliefs: { assumptions: [{ id: 'g', text, p: 0.5 }] },
    });
    await seen(replica.developer, other.runId, 'run.completed');
    await replica.developer.call('assumption/resolve', { runId: other.runId, assumptionId: 'g', truth: false });
    await eventually('the verdict was told to all that waited', async () => {
      const [row] = await stage.rows<{ left: number }>(
        `select count(*)::int as left from resolutions where not spread`,
      );
      return row?.left === 0;
    });
    open();
    await seen(replica.developer, planning, 'run.completed');
    const frames = await framesOf(replica.developer, planning);
    expect(frameOf(frames, 'approval.voided')['reason']).toContain(text);
    expect(scene.promptsOf(null)[1]).toContain('voided');
  });

  it('never answers, by what its model has seen, a question that a person was asked in another run', async () => {
    const text = 'The database is safe to drop';
    const { runId: asking } = await replica.developer.call('start', {
      goal: 'Drop it',
      memory: false,
      actions: [
        { id: 'drop', kind: 'tool', tool: 'file.write', args: { path: 'dropped.txt', content: 'x' } },
        { id: 'keep', kind: 'tool', tool: 'file.write', args: { path: 'kept.txt', content: 'x' } },
        { id: 'ask', kind: 'ask', question: 'Is it safe?' },
      ],
      beliefs: {
        assumptions: [{ id: 'safe', text, p: 0.5 }],
        associations: [{ assumptionId: 'safe', value: true, actionId: 'ask' }],
        gains: [
          { actionId: 'drop', when: { safe: true }, gain: 1 },
          { actionId: 'keep', when: { safe: false }, gain: 1 },
        ],
      },
      params: { asking: 'net', lambda: 0.1 },
    });
    const request = await seen(replica.developer, asking, 'request');
    endpoint.script(
      playing([
        {
          plan: decides([{ id: 'x1', text, p: 0.5 }], {
            when: [{ assumptionId: 'x1', value: true }],
            call: { tool: 'file_list', args: { path: '.' } },
          }),
        },
        { plan: SILENTLY_WRITES, beliefs: { observed: [{ number: 1, truth: true }] } },
      ]),
    );
    const runId = await scene.start();
    expect(await seen(replica.developer, runId, 'assumption.resolved')).toMatchObject({ truth: true });
    await eventually('everybody was told', async () => {
      const [row] = await stage.rows<{ left: number }>(
        `select count(*)::int as left from resolutions where not spread`,
      );
      return row?.left === 0;
    });
    const waiting = await replica.developer.call('run/get', { runId: asking });
    expect(waiting.pending).toMatchObject([{ id: request['id'], method: 'input/request' }]);
  });

  it('that is cancelled lets go of the endpoint at once', async () => {
    endpoint.script(() => silentAt('gap', { text: ['Let me think '] }));
    const runId = await scene.start();
    await seen(replica.developer, runId, 'trace.delta');
    await replica.developer.call('run/cancel', { runId });
    expect(await endpoint.calls[0]?.abandoned).toBe(true);
    expect((await framesOf(replica.developer, runId)).at(-1)).toMatchObject({ type: 'run.cancelled' });
  });

  it('whose replica is killed while the model speaks is planned again by another', async () => {
    const doomed = await scene.another();
    endpoint.script(() => silentAt('gap', { text: ['Let me think '] }));
    const { runId } = await doomed.developer.call('start', { goal: MODEL_GOAL, memory: false });
    await seen(replica.developer, runId, 'trace.delta');
    endpoint.script(playing([{ plan: FINISHES }]));
    await doomed.process.kill();
    await seen(replica.developer, runId, 'run.completed');
    const frames = await framesOf(replica.developer, runId);
    expect(frames.map(({ seq }) => seq)).toEqual(frames.map((_, index) => index + 1));
    expect(frameOf(frames, 'run.resumed')).toMatchObject({ reason: 'takeover' });
  });
});
