import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StartParams } from '@assent/contract';
import { Barrier } from '../support/barrier';
import { eventually } from '../support/eventually';
import { framesOf, framesUntil, seen } from '../support/frames';
import { decide, startPending, startUntilAsked, type Pending } from '../support/pending';
import { callPlan } from '../support/plans';
import { Receiver } from '../support/receiver';
import { QUICK } from '../support/replicas';
import { Stage, type Replica } from '../support/stage';

const REASON = 'Something is wrong';
/** Runs whose effects begin while the tenant is paused. */
const UNDER_WAY = 12;
const REFUND = {
  name: 'client.refund',
  description: 'Refunds an order',
  inputSchema: { type: 'object', properties: { order: { type: 'string' } }, required: ['order'] },
};

describe('a pause', () => {
  let stage: Stage;
  let folder: string;
  let receiver: Receiver;
  let first: Replica;
  let second: Replica;

  beforeEach(async () => {
    [stage, receiver] = await Promise.all([Stage.open(), Receiver.open()]);
    folder = await mkdtemp(join(tmpdir(), 'assent-pause-'));
    await writeFile(join(folder, 'tools.json'), JSON.stringify({ http: { hosts: ['127.0.0.1'] } }));
    const env = { ...QUICK, TOOLS_FILE: join(folder, 'tools.json'), EGRESS_ALLOW: '127.0.0.0/8' };
    [first, second] = await Promise.all([stage.start(env), stage.start(env)]);
  });
  afterEach(async () => {
    await stage.close();
    await receiver.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** A run that wants to send an order, up to its question. */
  const ordering = (body: string): Promise<Pending> =>
    startUntilAsked(
      first.developer,
      callPlan('http.request', { method: 'POST', url: `${receiver.origin}/orders`, body }),
    );
  const pause = (at: Replica) => at.developer.call('pause/set', { reason: REASON });
  const resume = (at: Replica) => at.developer.call('pause/clear', {});
  const isParked = async (runId: string): Promise<boolean> =>
    (await second.developer.call('run/get', { runId })).waitingFor === 'pause';
  const auditOf = async (runId: string): Promise<string[]> => {
    const rows = await stage.rows<{ action: string }>(
      'select action from audit_log where run_id = $1 order by created_at, id',
      [runId],
    );
    return rows.map(({ action }) => action);
  };

  it('stops an effect that a replica has dispatched and not begun; it begins once, after the tenant is resumed', async () => {
    const asked = await ordering('1');
    const barrier = await Barrier.open(stage.databaseUrl);
    await barrier.effectsOf(asked.runId);
    await decide(first.reviewer, asked, 'approve');
    await barrier.waiters(1);
    const pausing = pause(second);
    await eventually('the pause is stored', async () => (await stage.rows('select from tenant_pauses')).length === 1);
    await barrier.lift();
    expect(await pausing).toMatchObject({ effectsInProgress: 0 });
    await eventually('the run waits', () => isParked(asked.runId));
    expect(receiver.requests).toEqual([]);
    expect(await auditOf(asked.runId)).toEqual(['approval.approve', 'diff.dispatch', 'diff.postpone']);
    await resume(second);
    await framesUntil(second.developer, asked.runId, 'run.completed');
    expect(receiver.requests).toHaveLength(1);
  });

  it('is acknowledged after an effect that had begun, whose outcome is recorded', async () => {
    const order: string[] = [];
    const asked = await ordering('1');
    let answer = (): void => undefined;
    receiver.answer = (response) => {
      answer = () => {
        order.push('answered');
        response.end('{}');
      };
    };
    await decide(first.reviewer, asked, 'approve');
    await eventually('the request at the receiver', () => receiver.requests.length === 1);
    const pausing = pause(second).then(({ effectsInProgress }) => {
      order.push('acknowledged');
      return effectsInProgress;
    });
    await eventually('the pause is stored', async () => (await stage.rows('select from tenant_pauses')).length === 1);
    answer();
    expect([await pausing, order]).toEqual([0, ['answered', 'acknowledged']]);
    // The commit of the effect also ends the run.
    await framesUntil(second.developer, asked.runId, 'run.completed');
    expect(receiver.requests).toHaveLength(1);
  });

  it('lets no effect begin after it is acknowledged, on any replica; each begins once after the resume', async () => {
    const asked: Pending[] = [];
    while (asked.length < UNDER_WAY) asked.push(await ordering(String(asked.length)));
    const deciding = asked.map((pending, index) =>
      decide((index % 2 === 0 ? first : second).reviewer, pending, 'approve'),
    );
    await deciding[0];
    const { effectsInProgress } = await pause(second);
    const begun = receiver.requests.length;
    expect(effectsInProgress).toBe(0);
    for (const answer of await Promise.all(deciding)) expect(answer.status).toBe(200);
    const ended = `select from runs where state = 'completed' or waiting_for = 'pause'`;
    await eventually('every run has ended or waits', async () => (await stage.rows(ended)).length === UNDER_WAY);
    expect(receiver.requests).toHaveLength(begun);
    await resume(first);
    for (const { runId } of asked) await framesUntil(second.developer, runId, 'run.completed');
    expect(receiver.requests.map(({ body }) => Number(body)).sort((a, b) => a - b)).toEqual(
      Array.from({ length: UNDER_WAY }, (_, body) => body),
    );
  });

  it('holds when a replica dies before an effect that it has dispatched, and the next one waits', async () => {
    const asked = await startPending(first.developer, 'killed.txt', 'x');
    const barrier = await Barrier.open(stage.databaseUrl);
    await barrier.effectsOf(asked.runId);
    await decide(first.reviewer, asked, 'approve');
    const [pid = 0] = await barrier.waiters(1);
    await first.process.kill();
    await barrier.cut([pid]);
    await barrier.lift();
    expect(await pause(second)).toMatchObject({ effectsInProgress: 0 });
    await eventually('the survivor has taken the run over', () => isParked(asked.runId));
    await expect(stage.read('killed.txt')).rejects.toThrow('ENOENT');
    await second.process.kill();
    const third = await stage.start(QUICK);
    expect(await third.developer.call('server/info', {})).toMatchObject({ pause: { reason: REASON } });
    expect(await third.developer.call('run/get', { runId: asked.runId })).toMatchObject({
      state: 'queued',
      waitingFor: 'pause',
    });
    await resume(third);
    await framesUntil(third.developer, asked.runId, 'run.completed');
    expect(await stage.read('killed.txt')).toBe('x');
    expect((await auditOf(asked.runId)).filter((action) => action === 'diff.apply')).toHaveLength(1);
  });

  it('lets no client be asked to make a change', async () => {
    const params: StartParams = callPlan('client.refund', { order: '7' }, { clientTools: [REFUND] });
    const asked = await startUntilAsked(first.developer, params);
    const barrier = await Barrier.open(stage.databaseUrl);
    await barrier.effectsOf(asked.runId);
    await decide(first.reviewer, asked, 'approve');
    await barrier.waiters(1);
    const pausing = pause(second);
    await eventually('the pause is stored', async () => (await stage.rows('select from tenant_pauses')).length === 1);
    await barrier.lift();
    expect(await pausing).toMatchObject({ effectsInProgress: 0 });
    await eventually('the run waits', () => isParked(asked.runId));
    const requests = async () =>
      (await framesOf(first.developer, asked.runId)).filter(({ method }) => method === 'tool/call');
    expect(await requests()).toEqual([]);
    await resume(second);
    await eventually('the client is asked', async () => (await requests()).length === 1);
    await seen(first.developer, asked.runId, 'tool.started');
  });
});
