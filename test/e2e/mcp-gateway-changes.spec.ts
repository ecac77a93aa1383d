import { rm, writeFile } from 'node:fs/promises';
import { Barrier } from '../support/barrier';
import { eventually } from '../support/eventually';
import {
  GatewayStage,
  decideNext,
  pendingApproval,
  postMessage,
  stateOf,
  textOf,
  type GatewayClient,
} from '../support/mcp-gateway';
import { decide } from '../support/pending';
import type { Replica } from '../support/stage';

const APPEND = 'mcp.notes.append';
const RULES = [
  { id: 'free', tools: ['mcp.notes.notify'], effects: ['read'], verdict: 'allow', reason: 'Harmless.' },
  {
    id: 'open',
    tools: ['mcp.notes.waits'],
    effects: ['external'],
    tainted: true,
    verdict: 'allow',
    reason: 'Undone at once.',
  },
];
const PATIENT = { query: '?hold=100' };

describe('changes behind the MCP gateway', () => {
  let gateway: GatewayStage;
  let one: Replica;
  let other: Replica;
  let client: GatewayClient;
  /** Notifications, by the replica that sent them. */
  const changes = { one: 0, other: 0 };

  beforeAll(async () => {
    gateway = await GatewayStage.open();
    one = await gateway.start({ rules: RULES });
    other = await gateway.start({ rules: RULES });
    client = await gateway.connect('client 2.4, auto', one, {
      ...PATIENT,
      onToolsChanged: () => (changes.one += 1),
    });
    await gateway.connect('client 2.4, auto', other, { onToolsChanged: () => (changes.other += 1) });
  });
  afterAll(async () => {
    await gateway.close();
  });

  /** Waits until the clients of both replicas are notified of what `work` changes. */
  const notified = async (work: () => Promise<unknown>) => {
    const before = { ...changes };
    await work();
    await eventually('both are notified', () => changes.one > before.one && changes.other > before.other);
  };
  const policyVersion = async () => (await one.developer.call('tool/policy/get', {})).version;
  const setPolicy = async (rules: Record<string, unknown>[]) =>
    one.developer.call('tool/policy/set', { version: await policyVersion(), rules });
  const namesAt = async (replica: Replica) =>
    (await (await gateway.connect('client 2.4', replica)).list()).map(({ name }) => name);
  /** Makes the upstream servers of both replicas report that their tools have changed. */
  const report = async () => {
    for (const replica of [one, other]) await (await gateway.connect('client 2.4', replica)).call('notes__notify', {});
  };

  it('notify the clients of every replica of a new policy, and the list has it at once', async () => {
    const rule = { id: 'none', tools: ['mcp.notes.breaks'], verdict: 'deny', reason: 'No.' };
    await notified(() => setPolicy([rule]));
    for (const replica of [one, other]) expect(await namesAt(replica)).not.toContain('notes__breaks');
    await notified(() => setPolicy([]));
    for (const replica of [one, other]) expect(await namesAt(replica)).toContain('notes__breaks');
  });

  it('notify of a definition that an upstream server changes, void its pending calls, and notify of new trust', async () => {
    const calling = client.call('notes__append', { note: 'changed' });
    const { approvalId } = await pendingApproval(one.reviewer, APPEND);
    await notified(async () => {
      await writeFile(gateway.at('changed'), '');
      await report();
    });
    // Nobody has decided.
    expect(await calling).toMatchObject({ isError: true, structuredContent: { state: 'voided', approvalId } });
    const { state, runId } = await one.reviewer.call('approval/get', { approvalId });
    expect(state).toBe('voided');
    const { frames } = await one.developer.call('stream', { runId: runId ?? '', types: ['run.resumed'] });
    expect(frames).toMatchObject([{ reason: 'voided' }]);
    for (const replica of [one, other]) expect(await namesAt(replica)).not.toContain('notes__append');

    const { items } = await one.developer.call('tool/trust/list', { limit: 100 });
    const { id = '', hash = '' } = items.find((tool) => tool.id === APPEND) ?? {};
    await notified(() => one.developer.call('tool/trust', { id, hash }));
    for (const replica of [one, other])
      await eventually('the tool is back', async () => (await namesAt(replica)).includes('notes__append'));
    const again = client.call('notes__append', { note: 'trusted' });
    await decideNext(one, APPEND, 'approve');
    expect(textOf(await again)).toBe('appended trusted');
    await rm(gateway.at('changed'));
    await notified(report);
    expect(await gateway.calls()).toEqual(['trusted']);
  });

  it('notify of a flag with which a call asks', async () => {
    const verdicts = () =>
      Promise.all(
        [one, other].map(async (replica) => {
          const tools = await (await gateway.connect('client 2.4', replica)).list();
          return tools.find(({ name }) => name === 'notes__waits')?._meta?.['assent/verdict'];
        }),
      );
    expect(await verdicts()).toEqual(['allow', 'allow']);
    await notified(() => one.developer.call('flag/set', { flag: 'auto_approval', enabled: false }));
    expect(await verdicts()).toEqual(['ask', 'ask']);
    await notified(() => one.developer.call('flag/clear', { flag: 'auto_approval' }));
    expect(await verdicts()).toEqual(['allow', 'allow']);
  });

  it('notify anew when notifications of other replicas may have been lost', async () => {
    await notified(() =>
      gateway.stage.rows(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and application_name like 'assent-listen-%'`,
      ),
    );
  });

  it('leave a pending call alone whose tool stays the same', async () => {
    const calling = client.call('notes__breaks', {});
    const approval = await pendingApproval(one.reviewer, 'mcp.notes.breaks');
    await notified(async () => {
      await writeFile(gateway.at('changed'), '');
      await report();
    });
    const { status } = await decide(one.reviewer, approval, 'approve');
    expect([status, textOf(await calling)]).toEqual([200, 'no']);
  });

  it('cancel a call at the replica that holds it, when the cancellation arrives at another one', async () => {
    const { authorization } = one.developer;
    const headers = { ...authorization, 'mcp-session-id': 'session-of-the-client' };
    const params = { name: 'notes__breaks', arguments: {} };
    const path = '/mcp/gateway?hold=100&onCancel=cancel';
    const held = await postMessage(one, path, { id: 7, method: 'tools/call', params }, headers);
    const { approvalId } = await pendingApproval(one.reviewer, 'mcp.notes.breaks');
    const cancelled = { method: 'notifications/cancelled', params: { requestId: 7 } };
    expect((await postMessage(other, '/mcp/gateway', cancelled, headers)).status).toBe(202);
    await held.text();
    await eventually('the end of the approval', async () => {
      const { state } = await other.reviewer.call('approval/get', { approvalId });
      return state === 'cancelled' || state === 'voided';
    });
  });

  it('leave a call alone whose id is cancelled at the other MCP endpoint of another replica', async () => {
    const headers = { ...one.developer.authorization, 'mcp-session-id': 'session-of-both' };
    const params = { name: 'notes__breaks', arguments: {} };
    const path = '/mcp/gateway?hold=100&onCancel=cancel';
    const held = await postMessage(one, path, { id: 8, method: 'tools/call', params }, headers);
    const approval = await pendingApproval(one.reviewer, 'mcp.notes.breaks');
    const proposal = { name: 'propose_change', arguments: { title: 'x', files: [{ path: 'held.txt', content: 'x' }] } };
    const proposed = await postMessage(
      one,
      '/mcp?hold=100',
      { id: 9, method: 'tools/call', params: proposal },
      headers,
    );
    const change = await pendingApproval(one.reviewer, 'file.write');
    for (const [at, requestId] of [
      ['/mcp', 8],
      ['/mcp/gateway', 9],
    ] as const) {
      const cancelled = { method: 'notifications/cancelled', params: { requestId } };
      expect((await postMessage(other, at, cancelled, headers)).status).toBe(202);
    }
    await decide(one.reviewer, approval, 'approve');
    await decide(one.reviewer, change, 'reject');
    expect([await held.text(), await proposed.text()]).toEqual([
      expect.stringContaining('"text":"no"'),
      expect.stringContaining('"state":"rejected"'),
    ]);
  });

  it('hold an approved call back while the tenant is paused, and make it once after that', async () => {
    const calling = client.call('notes__append', { note: 'paused' });
    const approval = await pendingApproval(one.reviewer, APPEND);
    const barrier = await Barrier.open(gateway.stage.databaseUrl);
    await barrier.effectsOf(approval.runId);
    await decide(one.reviewer, approval, 'approve');
    await barrier.waiters(1);
    const pausing = other.developer.call('pause/set', { reason: 'Something is wrong' });
    await eventually(
      'the pause is stored',
      async () => (await gateway.stage.rows('select from tenant_pauses')).length === 1,
    );
    await barrier.lift();
    await pausing;
    await eventually('the call waits', async () => {
      const { waitingFor } = await one.developer.call('run/get', { runId: approval.runId });
      return waitingFor === 'pause';
    });
    expect(await gateway.calls()).not.toContain('paused');
    const hurried = await gateway.connect('client 2.4', other, { query: '?hold=0' });
    expect(stateOf(await hurried.call('assent__result', { callId: approval.runId }))).toBe('pending');
    await other.developer.call('pause/clear', {});
    expect(textOf(await calling)).toBe('appended paused');
    expect((await gateway.calls()).filter((line) => line === 'paused')).toHaveLength(1);
  });
});
