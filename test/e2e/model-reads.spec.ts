import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../support/eventually';
import { frameOf, framesOf, framesUntil, seen, type WireFrame } from '../support/frames';
import type { ModelEndpoint } from '../support/model-endpoint';
import type { Said } from '../support/model-replies';
import { FINISHES, MODEL_FILE, ModelScene, READS, WRITES } from '../support/model-scene';
import { playing } from '../support/model-script';
import { decide } from '../support/pending';
import { Receiver } from '../support/receiver';
import type { Replica, Stage } from '../support/stage';

const ACCEPTED = 202;
const PARALLEL = 8;
const FILES = Array.from({ length: 10 }, (_, index) => `note-${index}.txt`);

const LOOKUP = {
  name: 'client.lookup',
  description: 'Looks up an order in the browser of the person',
  effect: 'read' as const,
  inputSchema: { type: 'object', properties: { order: { type: 'string' } }, required: ['order'] },
};
const HASTY = { ...LOOKUP, name: 'client.hasty', deadlineSeconds: 1 };

const reading = (...paths: readonly string[]): Said => ({
  text: ['Look.'],
  calls: paths.map((path) => ({ name: 'file_read', args: { path } })),
});

describe('a turn of reads', () => {
  let scene: ModelScene;
  let stage: Stage;
  let endpoint: ModelEndpoint;
  let replica: Replica;
  let receiver: Receiver;
  let folder: string;
  let env: Record<string, string>;
  /** Requests that the receiver has not answered. */
  let held: ServerResponse[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'assent-reads-'));
    await writeFile(join(folder, 'tools.json'), JSON.stringify({ http: { hosts: ['127.0.0.1'] } }));
    env = { TOOLS_FILE: join(folder, 'tools.json'), EGRESS_ALLOW: '127.0.0.0/8', MAX_PARALLEL_READS: String(PARALLEL) };
    [scene, receiver] = await Promise.all([ModelScene.open(env), Receiver.open()]);
    ({ stage, endpoint, replica } = scene);
    for (const [index, path] of FILES.entries()) await stage.write(path, `text of ${index}\n`);
  });

  beforeEach(() => {
    held = [];
    receiver.requests.length = 0;
    receiver.answer = (response) => void held.push(response);
  });

  afterAll(async () => {
    await scene.close();
    await receiver.close();
    await rm(folder, { recursive: true, force: true });
  });

  const fetching = (count: number): Said => ({
    text: ['Fetch.'],
    calls: Array.from({ length: count }, (_, index) => ({
      name: 'http_get',
      args: { url: `${receiver.origin}/${index}` },
    })),
  });
  const release = () => {
    for (const response of held.splice(0)) response.end('fetched');
  };
  const arrived = (count: number) => eventually(`${count} requests`, () => receiver.requests.length === count);
  const typesIn = (frames: readonly WireFrame[], step: number) =>
    frames.filter((frame) => frame.step === step).map(({ type }) => type);
  const count = (types: readonly string[], type: string) => types.filter((each) => each === type).length;
  const purposes = (runId: string, step: number) =>
    stage.rows(`select purpose from model_calls where run_id = $1 and step = $2`, [runId, step]);
  /** What the model was answered in its second turn, call by call. */
  const resultsOf = () =>
    endpoint.calls
      .filter(({ answer }) => answer === null)[1]
      ?.body.messages.flatMap(({ role, content }) => (role === 'tool' ? [content] : []));

  it('of ten files takes one call of the model, and the next one has all ten results', async () => {
    endpoint.script(playing([{ plan: reading(...FILES) }, { plan: FINISHES }]));
    const runId = await scene.start();
    await seen(replica.developer, runId, 'run.completed');
    expect(await purposes(runId, 1)).toEqual([{ purpose: 'plan' }]);
    expect(scene.promptsOf(null)).toHaveLength(2);
    const results = resultsOf() ?? [];
    expect(results.map((text) => /text of \d/.exec(text)?.[0])).toEqual(FILES.map((_, index) => `text of ${index}`));
    const types = typesIn(await framesOf(replica.developer, runId), 1);
    for (const type of ['tool.proposed', 'tool.guarded', 'tool.started', 'tool.output', 'tool.completed']) {
      expect([type, count(types, type)]).toEqual([type, FILES.length]);
    }
    expect(types.lastIndexOf('tool.started')).toBeLessThan(types.indexOf('tool.output'));
    expect(types.filter((type) => type.startsWith('path.') || type.startsWith('tree.'))).toEqual([]);
    expect(types).toContain('trace.completed');
    const calls = await stage.rows(`select distinct state from tool_calls where run_id = $1`, [runId]);
    expect(calls).toEqual([{ state: 'completed' }]);
  });

  it('has no tree, and says so', async () => {
    endpoint.script(playing([{ plan: reading(MODEL_FILE) }, { plan: FINISHES }]));
    const runId = await scene.start();
    await seen(replica.developer, runId, 'run.completed');
    const refused = await replica.developer.fail('tree/get', { runId, step: 1 });
    expect(refused).toMatchObject({
      data: { type: 'urn:assent:error:not-found' },
      message: expect.stringContaining('a step that only reads has none'),
    });
    expect(await replica.developer.call('tree/get', { runId })).toMatchObject({ chosen: { actionId: 'a1' } });
    const closed = await replica.developer.call('complete', { runId, outcome: 'success' });
    expect(closed).toMatchObject({ state: 'completed', outcome: 'success' });
  });

  it('runs as many at the same time as configured, and the others after them', async () => {
    endpoint.script(playing([{ plan: fetching(PARALLEL + 2) }, { plan: FINISHES }]));
    const runId = await scene.start();
    await arrived(PARALLEL);
    expect(held).toHaveLength(PARALLEL);
    held.shift()?.end('fetched');
    await arrived(PARALLEL + 1);
    expect(held).toHaveLength(PARALLEL);
    receiver.answer = (response) => response.end('fetched');
    release();
    await seen(replica.developer, runId, 'run.completed');
    expect(count(typesIn(await framesOf(replica.developer, runId), 1), 'tool.output')).toBe(PARALLEL + 2);
  });

  it('makes the reads and says of everything else in it that it was not made', async () => {
    await stage.write(MODEL_FILE, 'timeout_ms: 3\n');
    endpoint.script(playing([{ plan: READS }, { plan: WRITES }, { plan: FINISHES }]));
    const runId = await scene.start();
    const pending = await scene.pendingOf(runId);
    const [read, written] = resultsOf() ?? [];
    expect(read).toContain('timeout_ms: 3');
    expect(written).toMatch(/^Not made yet: .* Call it again now that you have seen the results\.$/);
    expect((await decide(replica.reviewer, pending, 'approve')).status).toBe(200);
    await seen(replica.developer, runId, 'run.completed');
    expect(await stage.read(MODEL_FILE)).toBe('timeout_ms: 3000\n');
  });

  it('answers what cannot be made with the reason, beside what can, without asking again', async () => {
    const calls = [
      { name: 'file_read', args: { path: MODEL_FILE } },
      { name: 'file_read', args: { path: 7 } },
      { name: 'rm_rf', args: {} },
      { name: 'file_read', args: { path: 'missing.txt' } },
      { name: 'file_list', args: { path: '.' } },
    ];
    endpoint.script(playing([{ plan: { text: ['Look.'], calls } }, { plan: FINISHES }]));
    const policy = { ask: ['file.list'] };
    const runId = await scene.start({ policy });
    await seen(replica.developer, runId, 'run.completed');
    expect(await purposes(runId, 1)).toEqual([{ purpose: 'plan' }]);
    const [found, badArguments, unknown, missing, asks] = resultsOf() ?? [];
    expect(found).toContain('timeout_ms');
    expect(badArguments).toMatch(/^Not carried out\..*path/);
    expect(unknown).toBe('Not carried out. There is no such function.');
    expect(missing).toContain('not_found');
    expect(asks).toMatch(/^Not carried out\./);
    const types = typesIn(await framesOf(replica.developer, runId), 1);
    expect([count(types, 'tool.output'), count(types, 'tool.failed')]).toEqual([1, 1]);
  });

  it('ends the run when all reads fail three times in a row', async () => {
    endpoint.script(playing(Array.from({ length: 3 }, () => ({ plan: reading('missing.txt', 'gone.txt') }))));
    const runId = await scene.start();
    const failed = frameOf(await framesUntil(replica.developer, runId, 'run.failed'), 'run.failed');
    expect(failed).toMatchObject({ step: 3, error: { reason: 'not_found' } });
    expect(endpoint.calls).toHaveLength(3);
  });

  it('counts call by call against the budget of the policy', async () => {
    await writeFile(join(folder, 'policy.json'), JSON.stringify({ version: 1, maxCalls: 3, rules: [] }));
    const strict = await scene.another({ ...env, POLICY_FILE: join(folder, 'policy.json') });
    endpoint.script(playing([{ plan: reading(...FILES) }, { plan: FINISHES }]));
    const runId = await scene.start({}, strict);
    await seen(replica.developer, runId, 'run.completed');
    const frames = await framesOf(replica.developer, runId);
    expect(count(typesIn(frames, 1), 'tool.output')).toBe(3);
    const failed = frames.filter(({ type }) => type === 'tool.failed');
    expect(failed).toHaveLength(FILES.length - 3);
    expect(failed[0]).toMatchObject({ error: { reason: 'forbidden', message: expect.stringContaining('max-calls') } });
    await strict.process.stop();
  });

  it('is let go of by a run that is cancelled', async () => {
    endpoint.script(playing([{ plan: fetching(3) }]));
    const runId = await scene.start();
    await arrived(3);
    const closed = Promise.all(held.map((response) => once(response, 'close')));
    await replica.developer.call('run/cancel', { runId });
    await closed;
    expect((await framesOf(replica.developer, runId)).at(-1)).toMatchObject({ type: 'run.cancelled' });
  });

  it('is made again by another replica when its own is killed in the middle of it', async () => {
    const doomed = await scene.another(env);
    endpoint.script(playing([{ plan: fetching(3) }, { plan: FINISHES }]));
    const runId = await scene.start({}, doomed);
    await arrived(3);
    await doomed.process.kill();
    await arrived(6);
    release();
    await seen(replica.developer, runId, 'run.completed');
    const frames = await framesOf(replica.developer, runId);
    expect(frames.map(({ seq }) => seq)).toEqual(frames.map((_, index) => index + 1));
    const types = typesIn(frames, 1);
    expect([count(types, 'tool.started'), count(types, 'tool.output')]).toEqual([3, 3]);
    expect(frameOf(frames, 'run.resumed')).toMatchObject({ reason: 'takeover' });
    // The turn is not requested from the model again.
    expect(await purposes(runId, 1)).toEqual([{ purpose: 'plan' }]);
    expect(scene.promptsOf(null)).toHaveLength(2);
  });

  describe('by the client', () => {
    const asking = (...names: readonly string[]): Said => ({
      text: ['Ask.'],
      calls: [
        ...names.map((name, index) => ({ name, args: { order: String(index) } })),
        { name: 'file_read', args: { path: MODEL_FILE } },
      ],
    });
    const requested = async (said: Said) => {
      endpoint.script(playing([{ plan: said }, { plan: FINISHES }]));
      const runId = await scene.start({ clientTools: [LOOKUP, HASTY] });
      const frames = await framesUntil(replica.developer, runId, 'run.waiting');
      const requests = frames.filter(({ type }) => type === 'request');
      return { runId, requests, waiting: frameOf(frames, 'run.waiting') };
    };
    const reply = (id: unknown, output: object) =>
      replica.developer.post('/rpc', { jsonrpc: '2.0', id, result: { output } });
    const pendingOf = async (runId: string) =>
      (await replica.developer.call('run/get', { runId })).pending.map(({ id }) => id);

    it('waits until all of them are answered, and then makes those of the server', async () => {
      const { runId, requests, waiting } = await requested(asking('client_lookup', 'client_lookup'));
      expect(requests).toMatchObject([
        { params: { tool: 'client.lookup', args: { order: '0' }, idempotencyKey: `${runId}:1` } },
        { params: { tool: 'client.lookup', args: { order: '1' }, idempotencyKey: `${runId}:1:2` } },
      ]);
      const [first, second] = requests.map(({ id }) => id);
      expect(waiting).toMatchObject({ for: 'client_tool', requestId: first, requestIds: [first, second] });
      expect((await reply(second, { total: 'of 1' })).status).toBe(ACCEPTED);
      expect(await replica.developer.call('run/get', { runId })).toMatchObject({ state: 'waiting' });
      expect(await pendingOf(runId)).toEqual([first]);
      expect((await reply(first, { total: 'of 0' })).status).toBe(ACCEPTED);
      await seen(replica.developer, runId, 'run.completed');
      const [zero, one, file] = resultsOf() ?? [];
      expect([zero, one]).toEqual([expect.stringContaining('of 0'), expect.stringContaining('of 1')]);
      expect(file).toContain('timeout_ms');
      const types = typesIn(await framesOf(replica.developer, runId), 1);
      expect([count(types, 'run.resumed'), count(types, 'tool.output')]).toEqual([1, 3]);
      expect(await purposes(runId, 1)).toEqual([{ purpose: 'plan' }]);
    });

    it('goes on after answers that come at the same time', async () => {
      const { runId, requests } = await requested(asking(...Array.from({ length: 6 }, () => 'client_lookup')));
      const answers = await Promise.all(requests.map(({ id }) => reply(id, { total: 7 })));
      expect(answers.map(({ status }) => status)).toEqual(requests.map(() => ACCEPTED));
      await seen(replica.developer, runId, 'run.completed');
      const types = typesIn(await framesOf(replica.developer, runId), 1);
      expect([count(types, 'run.resumed'), count(types, 'tool.output')]).toEqual([1, 7]);
    });

    it('expires one by one, and what expired is a result too', async () => {
      const { runId, requests } = await requested(asking('client_hasty', 'client_lookup'));
      const [hasty, patient] = requests.map(({ id }) => id);
      await eventually('the first has expired', async () => (await pendingOf(runId)).length === 1);
      expect(await pendingOf(runId)).toEqual([patient]);
      expect((await reply(hasty, { total: 7 })).status).toBe(410);
      expect((await reply(patient, { total: 8 })).status).toBe(ACCEPTED);
      await seen(replica.developer, runId, 'run.completed');
      const [late, inTime] = resultsOf() ?? [];
      expect([late, inTime]).toEqual([expect.stringContaining('timeout'), expect.stringContaining('8')]);
    });

    it('is over for a run that is cancelled, with every request resolved', async () => {
      const { runId, requests } = await requested(asking('client_lookup', 'client_lookup'));
      await replica.developer.call('run/cancel', { runId });
      const frames = await framesOf(replica.developer, runId);
      const resolved = frames.filter(({ type }) => type === 'request.resolved');
      expect(resolved.map(({ id, outcome }) => [id, outcome]).sort()).toEqual(
        requests.map(({ id }) => [id, 'cancelled']).sort(),
      );
      expect(await pendingOf(runId)).toEqual([]);
    });
  });
});
