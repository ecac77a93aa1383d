import { rm, writeFile } from 'node:fs/promises';
import { eventually } from '../support/eventually';
import {
  GatewayStage,
  decideNext,
  pendingApproval,
  postMessage,
  stateOf,
  type GatewayClient,
} from '../support/mcp-gateway';
import { decide } from '../support/pending';
import { QUICK } from '../support/replicas';
import type { Replica } from '../support/stage';

const APPEND = 'mcp.notes.append';
/** Not of tainted calls, which all calls of the gateway are. */
const RULE = { id: 'own', tools: [APPEND], effects: ['external'], verdict: 'allow', reason: 'Our own calls.' };
const KIND = 'client 2.4';
const NOT_FOUND = 404;

describe('what a call through the MCP gateway answers', () => {
  let gateway: GatewayStage;
  let replica: Replica;
  let patient: GatewayClient;
  let hurried: GatewayClient;

  beforeAll(async () => {
    gateway = await GatewayStage.open();
    replica = await gateway.start({ gateway: { servers: ['n*', 'fs'] }, rules: [RULE] }, QUICK);
    patient = await gateway.connect(KIND, replica, { query: '?hold=100' });
    hurried = await gateway.connect(KIND, replica, { query: '?hold=0' });
  });
  afterAll(async () => {
    await gateway.close();
  });

  const metric = async (name: string) => {
    const text = await (await replica.developer.fetch('/metrics')).text();
    return Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${name} `))
        ?.slice(name.length),
    );
  };
  const callIdOf = async (note: string, meta: Readonly<Record<string, unknown>>) =>
    (await hurried.call('notes__append', { note }, { meta })).structuredContent?.['callId'];

  it('is left to a person where a rule allows the effect of no tainted call', async () => {
    const tool = (await hurried.list()).find(({ name }) => name === 'notes__append');
    expect(tool?._meta).toMatchObject({ 'assent/verdict': 'ask' });
    const asked = await hurried.call('notes__append', { note: 'tainted' });
    expect(stateOf(asked)).toBe('pending');
    await replica.developer.call('run/cancel', { runId: String(asked.structuredContent?.['callId']) });
    expect(await gateway.calls()).toEqual([]);
  });

  it('when a reviewer has changed its arguments: the result of these, and that they were changed', async () => {
    const calling = patient.call('notes__append', { note: 'asked' });
    const { approvalId, hash } = await pendingApproval(replica.reviewer, APPEND);
    const args = { note: 'revised' };
    const response = await replica.reviewer.post(
      `/approvals/${approvalId}/revisions`,
      { args },
      { 'if-match': `"${hash}"` },
    );
    const revised = (await response.json()) as { readonly hash: string };
    await decide(replica.reviewer, { approvalId, hash: revised.hash }, 'approve');
    expect(await calling).toMatchObject({
      content: [{ text: 'A reviewer changed the arguments: {"note":"revised"}' }, { text: 'appended revised' }],
      _meta: { 'assent/revised': true, 'assent/approvedBy': 'reviewer' },
    });
    expect(await gateway.calls()).toEqual(['revised']);
  });

  it('when nobody has decided in time', async () => {
    const calling = patient.call('notes__append', { note: 'late' });
    const { approvalId } = await pendingApproval(replica.reviewer, APPEND);
    await gateway.stage.rows(`update approvals set expires_at = now() - interval '1 ms' where id = $1`, [approvalId]);
    expect(await calling).toMatchObject({ isError: true, structuredContent: { state: 'expired', approvalId } });
  });

  it('when its run is cancelled', async () => {
    const calling = patient.call('notes__append', { note: 'stopped' });
    const { approvalId, runId } = await pendingApproval(replica.reviewer, APPEND);
    await replica.developer.call('run/cancel', { runId });
    expect(await calling).toMatchObject({ isError: true, structuredContent: { state: 'cancelled', approvalId } });
    expect(await gateway.calls()).not.toContain('stopped');
  });

  it('when it is repeated after its end: the result of before, once, and then it is a new call', async () => {
    const replays = await metric('assent_gateway_replayed_results_total');
    const first = await hurried.call('notes__append', { note: 'again' });
    const callId = String(first.structuredContent?.['callId']);
    await decideNext(replica, APPEND, 'approve');
    await eventually('it has ended', async () => {
      const { state } = await replica.developer.call('run/get', { runId: callId });
      return state === 'completed';
    });
    expect(await hurried.call('notes__append', { note: 'again' })).toMatchObject({
      content: [{ text: 'appended again' }],
      _meta: { 'assent/replayed': true, 'assent/callId': callId },
    });
    expect(await metric('assent_gateway_replayed_results_total')).toBe(replays + 1);
    const next = await hurried.call('notes__append', { note: 'again' });
    expect([stateOf(next), next.structuredContent?.['callId'] === callId]).toEqual(['pending', false]);
    await decideNext(replica, APPEND, 'reject');
    expect((await gateway.calls()).filter((line) => line === 'again')).toHaveLength(1);
  });

  it('by session and by key: equal calls of two sessions are two, one key is always the same call', async () => {
    const attached = await metric('assent_gateway_attached_calls_total');
    const session = (name: string) => callIdOf('of a session', { 'assent/session': name });
    const [one, other, same] = [await session('one'), await session('other'), await session('one')];
    expect([other === one, same]).toEqual([false, one]);
    expect(await metric('assent_gateway_attached_calls_total')).toBe(attached + 1);
    const meta = { 'assent/idempotencyKey': 'k1' };
    const named = await callIdOf('by its key', meta);
    await expect(hurried.call('notes__append', { note: 'else' }, { meta })).rejects.toMatchObject({ code: -32602 });
    for (const runId of [one, other]) await replica.developer.call('run/cancel', { runId: String(runId) });
    const calling = patient.call('notes__append', { note: 'by its key' }, { meta });
    await decideNext(replica, APPEND, 'approve');
    for (const result of [await calling, await patient.call('notes__append', { note: 'by its key' }, { meta })]) {
      expect(result).toMatchObject({ content: [{ text: 'appended by its key' }], _meta: { 'assent/callId': named } });
    }
    expect((await gateway.calls()).filter((line) => line === 'by its key')).toHaveLength(1);
  });

  it('when its server cannot be reached: that it may be repeated later', async () => {
    await writeFile(gateway.at('down'), '');
    const dying = patient.call('notes__dies', {});
    await decideNext(replica, 'mcp.notes.dies', 'approve');
    expect(stateOf(await dying)).toBe('unknown');
    await eventually('the server is away', async () => {
      const { items } = await replica.developer.call('tool/list', {});
      return items.every(({ name }) => name !== APPEND);
    });
    expect((await hurried.call('notes__append', { note: 'away' })).structuredContent).toMatchObject({
      state: 'failed',
      retryable: true,
      retryAfterSeconds: expect.any(Number) as number,
    });
    await rm(gateway.at('down'));
    expect(await gateway.calls()).not.toContain('away');
  });

  it('is counted by server and outcome', async () => {
    for (const outcome of ['answered', 'pending', 'expired', 'cancelled', 'unknown']) {
      const name = `assent_gateway_calls_total{server="notes",outcome="${outcome}"}`;
      expect([outcome, (await metric(name)) > 0]).toEqual([outcome, true]);
    }
    expect(await metric('assent_gateway_hold_seconds_count')).toBeGreaterThan(0);
  });

  it('is nothing of a server that the settings leave out, and 404 where they switch the gateway off', async () => {
    const names = (await hurried.list()).map(({ name }) => name);
    expect(names.filter((name) => name.startsWith('fs__'))).not.toEqual([]);
    expect(names.filter((name) => name.startsWith('all__'))).toEqual([]);
    const off = await gateway.start({ gateway: { enabled: false } });
    const message = { id: 1, method: 'tools/list', params: {} };
    const { status } = await postMessage(off, '/mcp/gateway', message, off.developer.authorization);
    expect(status).toBe(NOT_FOUND);
  });
});
