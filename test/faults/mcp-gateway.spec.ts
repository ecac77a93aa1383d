import { writeFile } from 'node:fs/promises';
import { eventually } from '../support/eventually';
import { GatewayStage, decideNext, pendingApproval, postMessage, stateOf, textOf } from '../support/mcp-gateway';
import { decide } from '../support/pending';
import type { Replica } from '../support/stage';

const QUICK = { LEASE_SECONDS: '2', SWEEP_SECONDS: '1' };
const APPEND = 'mcp.notes.append';
const LOOKS = { id: 'looks', tools: ['mcp.notes.look', 'mcp.notes.large'], verdict: 'allow', reason: 'Harmless.' };
const KIND = 'client 2.4';
const PATIENT = { query: '?hold=100' };
const HURRIED = { query: '?hold=0' };
const OPEN_CALLS = 200;
const MAX_OPEN_CALLS = 3;
const LARGE_BYTES = 50_000_000;

describe('the MCP gateway', () => {
  let gateway: GatewayStage;

  beforeEach(async () => {
    gateway = await GatewayStage.open();
  });
  afterEach(async () => {
    await gateway.close();
  });

  const patient = (replica: Replica) => gateway.connect(KIND, replica, PATIENT);
  const hurried = (replica: Replica) => gateway.connect(KIND, replica, HURRIED);

  it('loses no call when its server is killed before the approval', async () => {
    const first = await gateway.start({}, QUICK);
    const lost = await patient(first);
    const calling = lost.call('notes__append', { note: 'once' }).catch((thrown: unknown) => thrown);
    await pendingApproval(first.reviewer, APPEND);
    await first.process.kill();
    await lost.close();
    expect(await calling).toBeInstanceOf(Error);
    const second = await gateway.start({}, QUICK);
    const again = (await patient(second)).call('notes__append', { note: 'once' });
    await decideNext(second, APPEND, 'approve');
    expect(textOf(await again)).toBe('appended once');
    expect(await gateway.calls()).toEqual(['once']);
  });

  it('makes one effect when its server is killed after the decision', async () => {
    const first = await gateway.start({}, QUICK);
    const lost = await patient(first);
    const calling = lost.call('notes__append', { note: 'once' }).catch((thrown: unknown) => thrown);
    const approval = await pendingApproval(first.reviewer, APPEND);
    await decide(first.reviewer, approval, 'approve');
    await first.process.kill();
    await lost.close();
    await calling;
    const second = await gateway.start({}, QUICK);
    const result = await (await patient(second)).call('notes__append', { note: 'once' });
    // The kill came before, during or after the effect, but it is never made twice.
    expect(['appended once', 'unknown']).toContain(stateOf(result) ?? textOf(result));
    expect((await gateway.calls()).length).toBeLessThanOrEqual(1);
  });

  it('reports an unknown outcome, and repeats nothing, when its server is killed during the upstream call', async () => {
    const first = await gateway.start({}, QUICK);
    const lost = await patient(first);
    const calling = lost.call('notes__waits', {}).catch((thrown: unknown) => thrown);
    await decideNext(first, 'mcp.notes.waits', 'approve');
    await eventually('the upstream call', async () => (await gateway.calls()).length === 1);
    await first.process.kill();
    await lost.close();
    expect(await calling).toBeInstanceOf(Error);
    const second = await gateway.start({}, QUICK);
    const result = await (await patient(second)).call('notes__waits', {});
    expect(result).toMatchObject({ isError: true, structuredContent: { state: 'unknown', retryable: false } });
    expect(await gateway.calls()).toEqual(['waits']);
  });

  it('answers at one replica what was asked and decided at others', async () => {
    const [one, other] = [await gateway.start({}, QUICK), await gateway.start({}, QUICK)];
    const calling = (await patient(one)).call('notes__append', { note: 'shared' });
    const attached = pendingApproval(other.reviewer, APPEND).then(async (approval) => {
      const joined = (await patient(other)).call('notes__append', { note: 'shared' });
      await decide(other.reviewer, approval, 'approve');
      return joined;
    });
    expect((await Promise.all([calling, attached])).map(textOf)).toEqual(['appended shared', 'appended shared']);
    expect(await gateway.calls()).toEqual(['shared']);
  });

  it('does not make an approved call of a tool whose definition has changed', async () => {
    const replica = await gateway.start({}, QUICK);
    const client = await patient(replica);
    const calling = client.call('notes__append', { note: 'changed' });
    const approval = await pendingApproval(replica.reviewer, APPEND);
    await writeFile(gateway.at('changed'), '');
    await decide(replica.reviewer, approval, 'approve');
    const result = await calling;
    expect(result).toMatchObject({ isError: true, structuredContent: { state: 'voided' } });
    expect(await gateway.calls()).toEqual([]);
    expect((await client.list()).map(({ name }) => name)).not.toContain('notes__append');
  });

  it('answers a handle to a held call when its replica drains', async () => {
    const replica = await gateway.start({}, QUICK);
    const calling = (await patient(replica)).call('notes__append', { note: 'drained' });
    await pendingApproval(replica.reviewer, APPEND);
    const stopped = replica.process.stop();
    expect(stateOf(await calling)).toBe('pending');
    expect(await stopped).toBe(0);
  });

  it('keeps many open calls apart', async () => {
    const replica = await gateway.start({}, QUICK);
    const client = await hurried(replica);
    const calls = Array.from({ length: OPEN_CALLS }, (_, index) => client.call('notes__append', { note: `n${index}` }));
    expect((await Promise.all(calls)).map(stateOf)).toEqual(calls.map(() => 'pending'));
    await decideNext(replica, APPEND, 'approve');
    await eventually('one effect', async () => (await gateway.calls()).length === 1);
    const [{ open } = { open: 0 }] = await gateway.stage.rows<{ open: number }>(
      `select count(*)::integer as open from runs where state = 'waiting'`,
    );
    expect(open).toBe(OPEN_CALLS - 1);
  });

  it('refuses calls beyond the limit with 503', async () => {
    const settings = { gateway: { maxOpenCalls: MAX_OPEN_CALLS } };
    const replicas = [await gateway.start(settings, QUICK), await gateway.start(settings, QUICK)];
    const calls = replicas.flatMap((replica, at) =>
      Array.from({ length: MAX_OPEN_CALLS * 2 }, (_, index) => {
        const params = { name: 'notes__append', arguments: { note: `n${at}${index}` } };
        const message = { id: 1, method: 'tools/call', params };
        return postMessage(replica, '/mcp/gateway?hold=0', message, replica.developer.authorization);
      }),
    );
    const refused = (await Promise.all(calls)).filter(({ status }) => status === 503);
    expect(refused).toHaveLength(calls.length - MAX_OPEN_CALLS);
    for (const response of refused) {
      expect(response.headers.get('retry-after')).toBe('5');
      expect(await response.json()).toMatchObject({ id: 1, error: { code: -32000 } });
    }
  });

  it.each([
    ['/mcp/gateway', { name: 'notes__append', arguments: { note: 'more' } }],
    ['/mcp', { name: 'propose_change', arguments: { title: 'more', files: [{ path: 'more.txt', content: 'x' }] } }],
  ])('refuses a call to %s beyond MAX_STREAMS with 503', async (path, params) => {
    const replica = await gateway.start({}, { ...QUICK, MAX_STREAMS: '1' });
    const calling = (await patient(replica)).call('notes__append', { note: 'held' });
    await pendingApproval(replica.reviewer, APPEND);
    const message = { id: 1, method: 'tools/call', params };
    const response = await postMessage(replica, path, message, replica.developer.authorization);
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await response.json()).toMatchObject({ id: 1, error: { code: -32000 } });
    await decideNext(replica, APPEND, 'approve');
    expect(textOf(await calling)).toBe('appended held');
  });

  it('answers a large result of a server without failing', async () => {
    const replica = await gateway.start({ rules: [LOOKS] }, QUICK);
    const client = await patient(replica);
    const cut = await client.call('notes__large', { bytes: 500_000 });
    expect(textOf(cut).length).toBeGreaterThan(100_000);
    const refused = await client.call('notes__large', { bytes: LARGE_BYTES });
    expect(refused).toMatchObject({ isError: true, structuredContent: { state: 'failed', retryable: false } });
    expect(textOf(await client.call('notes__look', {}))).toBe('');
  });

  it('reports an unknown outcome when the server ends during a call', async () => {
    const replica = await gateway.start({}, QUICK);
    const calling = (await patient(replica)).call('notes__dies', {});
    await decideNext(replica, 'mcp.notes.dies', 'approve');
    expect(await calling).toMatchObject({ isError: true, structuredContent: { state: 'unknown', retryable: false } });
    expect(await gateway.calls()).toEqual(['dies']);
  });
});
