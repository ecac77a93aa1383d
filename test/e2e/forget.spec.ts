import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { AssentClient } from '@assent/client';
import type { StartParams } from '@assent/contract';
import { eventually } from '../support/eventually';
import { frameOf, framesOf, framesUntil, seen, type WireFrame } from '../support/frames';
import { decide, startPending, type Pending } from '../support/pending';
import { hidden } from '../support/plans';
import { DEVELOPER_KEY } from '../support/server-process';
import { WebhookScene, createWebhook, deliveriesOf } from '../support/webhooks';

const CLI = join(__dirname, '../../dist/server/cli.js');
/** In everything that the runs say, read and write; the second is how bytes show it. */
const SECRET = 'Xylophone';
const TRACES = `xylophone|${Buffer.from('xylophone').toString('hex')}|${Buffer.from(SECRET).toString('hex')}`;
const ASKS = { order: `${SECRET} 7` };

describe('a run that is forgotten', () => {
  let scene: WebhookScene;
  let webhookId: string;

  beforeAll(async () => {
    scene = await WebhookScene.open();
    const receiver = await scene.receiver();
    receiver.answer = (response, _) => response.end(`${SECRET} received`);
    ({ id: webhookId } = await createWebhook(scene.admin, receiver.origin));
  });
  afterAll(() => scene.close());

  const changed = async (): Promise<Pending> => {
    const plan = `${SECRET} must be written down. It probably has no file.`;
    const pending = await startPending(scene.admin, `${SECRET}.txt`, `${SECRET} lives here\n`, {
      goal: `Write down ${SECRET}`,
      context: SECRET,
      trace: [plan],
      memory: true,
    });
    await decide(scene.server.reviewer, pending, 'approve', { comment: `${SECRET} agreed` });
    await seen(scene.admin, pending.runId, 'run.completed');
    await scene.admin.call('complete', { runId: pending.runId, outcome: 'success', note: `${SECRET} is fine` });
    return pending;
  };

  const questioned = async (): Promise<string> => {
    const { runId } = await scene.admin.call('start', hidden({ goal: `Ask ${SECRET}` }));
    const { id } = await seen(scene.admin, runId, 'request');
    await scene.admin.post('/rpc', { jsonrpc: '2.0', id, result: { text: `Ask ${SECRET} yourself` } });
    await framesUntil(scene.admin, runId, 'request.resolved');
    await scene.admin.call('run/cancel', { runId, reason: `${SECRET} said so` });
    return runId;
  };

  const called = async (): Promise<string> => {
    const tool = {
      name: 'client.look',
      description: 'Looks.',
      effect: 'read' as const,
      inputSchema: { type: 'object', properties: { order: { type: 'string' } } },
    };
    const params: StartParams = {
      goal: `Look for ${SECRET}`,
      memory: false,
      clientTools: [tool],
      actions: [{ id: SECRET, kind: 'tool', tool: tool.name, args: ASKS }],
      beliefs: {
        assumptions: [{ id: SECRET, text: `${SECRET} is there`, p: 0.9 }],
        gains: [{ actionId: SECRET, when: {}, gain: 1 }],
      },
    };
    const { runId } = await scene.admin.call('start', params);
    const { id } = frameOf(await framesUntil(scene.admin, runId, 'run.waiting'), 'request');
    await scene.admin.call('assumption/resolve', { runId, assumptionId: SECRET, truth: true });
    await scene.admin.post('/rpc', { jsonrpc: '2.0', id, result: { output: { found: SECRET } } });
    await seen(scene.admin, runId, 'run.completed');
    return runId;
  };

  /** Replaces a search by a model: inserts the rows that a search leaves. */
  const searched = async (runId: string): Promise<string> => {
    const { searchId } = await scene.admin.call('search/start', { query: `Find ${SECRET}`, prompt: SECRET });
    await scene.stage.rows('update searches set run_id = $1, step = 1 where id = $2', [runId, searchId]);
    await scene.stage.rows(
      `insert into search_steps (search_id, place, tenant_id, key, payload_hash, fact, answer, tokens, at)
       values ($1, 1, 'local', 'k', 'h', json_build_object('text', $2::text), json_build_object('text', $2::text), 0, now())`,
      [searchId, SECRET],
    );
    return searchId;
  };

  /** Tables that still contain a word of the runs. */
  const traces = async (): Promise<string[]> => {
    const tables = await scene.stage.rows<{ name: string }>(
      `select quote_ident(table_schema) || '.' || quote_ident(table_name) as name from information_schema.tables
       where table_schema = 'public' and table_type = 'BASE TABLE' order by 1`,
    );
    const found = [];
    for (const { name } of tables) {
      const rows = await scene.stage.rows(`select from ${name} as t where t::text ~* $1 limit 1`, [TRACES]);
      if (rows.length > 0) found.push(name);
    }
    return found;
  };

  const shape = ({ runId, seq, at, type, step, clientTraceId }: WireFrame) => ({
    runId,
    seq,
    at,
    type,
    step,
    clientTraceId,
    erased: true,
  });

  it('is gone from every table but the audit, and its frames keep their place, type and time', async () => {
    const pending = await changed();
    const { runId } = pending;
    const runIds = [runId, await questioned(), await called()];
    const searchId = await searched(runId);
    await eventually('everything was delivered', async () => {
      const deliveries = await deliveriesOf(scene.admin, webhookId, '?limit=100');
      return deliveries.length > 0 && deliveries.every(({ state }) => state === 'delivered');
    });
    const before = await framesOf(scene.admin, runId);
    expect((await traces()).length).toBeGreaterThan(15);

    for (const id of runIds) await scene.admin.call('memory/forget', { runId: id });
    // Its rows are chained: comments of reviewers and paths of files stay there for as long as the audit is kept.
    expect(await traces()).toEqual(['public.audit_log']);
    expect(await framesOf(scene.admin, runId)).toEqual(before.map(shape));

    const { developer, reviewer } = scene.server;
    expect(await developer.call('run/get', { runId })).toMatchObject({
      state: 'completed',
      goal: '[erased]',
      outcome: 'success',
      requester: 'developer',
      result: { kind: 'applied', actionId: '[erased]', diffId: pending.diffId },
    });
    expect((await developer.ask('tree/get', { runId })).error?.data).toMatchObject({
      type: 'urn:assent:error:not-found',
    });
    expect(await developer.call('diff/get', { diffId: pending.diffId })).toMatchObject({
      state: 'applied',
      hash: pending.hash,
      files: [],
      patch: '',
      hunks: [],
      erased: true,
    });
    expect(await reviewer.call('approval/get', { approvalId: pending.approvalId })).toMatchObject({
      state: 'approved',
      goal: '[erased]',
      files: [],
      hash: pending.hash,
      decision: { decision: 'approve', actor: 'reviewer', comment: null },
    });
    expect(await scene.admin.call('search/get', { searchId })).toMatchObject({ search: { query: '[erased]' } });
    const text = await reviewer.fetch(`/approvals/${pending.approvalId}/diff`, { headers: { accept: 'text/x-diff' } });
    expect([text.status, await text.text()]).toEqual([200, '']);

    const client = new AssentClient({ url: scene.server.process.url, key: DEVELOPER_KEY });
    const followed = [];
    for await (const { seq, erased } of client.frames(runId)) followed.push([seq, erased]);
    // It ends with the terminal frame, which is known by its type.
    const { seq: last } = frameOf(before, 'run.completed');
    expect(followed).toEqual(Array.from({ length: last }, (_, index) => [index + 1, true]));

    const { stdout } = await promisify(execFile)(process.execPath, [
      CLI,
      'audit',
      '--database',
      scene.stage.databaseUrl,
    ]);
    expect(stdout).toContain('the chain holds');
    // Again is the same.
    await scene.admin.call('memory/forget', { runId });
    expect(await framesOf(scene.admin, runId)).toEqual(before.map(shape));
  });

  it('has to end first: while it waits nothing of it is erased, not for its subject either', async () => {
    const pending = await startPending(scene.admin, 'waits.txt', 'x');
    for (const params of [{ runId: pending.runId }, { subject: 'developer' }]) {
      const { error } = await scene.admin.ask('memory/forget', params);
      expect(error).toMatchObject({
        message: `Run ${pending.runId} is waiting, and its later writes could not be erased: nothing was. Cancel it with run/cancel or let it end, then forget it.`,
        data: { type: 'urn:assent:error:conflict', pointer: 'runId' in params ? '/runId' : '/subject' },
      });
    }
    expect((await framesOf(scene.admin, pending.runId)).some((frame) => 'erased' in frame)).toBe(false);
    await scene.admin.call('run/cancel', { runId: pending.runId });
    await scene.admin.call('memory/forget', { subject: 'developer' });
    expect((await framesOf(scene.admin, pending.runId)).every((frame) => frame['erased'] === true)).toBe(true);
  });
});
