import { eventually } from '../support/eventually';
import {
  GatewayStage,
  decideNext,
  pendingApproval,
  postMessage,
  textOf,
  type ConnectSettings,
} from '../support/mcp-gateway';
import type { Replica } from '../support/stage';

const APPEND = 'mcp.notes.append';
/** Cancels with a notification, and keeps the stream of the call open. */
const KIND = 'sdk 1.32';

describe('a call through the MCP gateway that its client gives up', () => {
  let gateway: GatewayStage;
  let replica: Replica;

  beforeAll(async () => {
    gateway = await GatewayStage.open();
    replica = await gateway.start();
  });
  afterAll(async () => {
    await gateway.close();
  });

  const held = (count: number) =>
    eventually(`${count} held calls`, async () =>
      new RegExp(`^assent_gateway_open_calls ${count}$`, 'm').test(
        await (await replica.developer.fetch('/metrics')).text(),
      ),
    );
  const giveUp = async (note: string, settings: ConnectSettings) => {
    const client = await gateway.connect(KIND, replica, settings);
    const controller = new AbortController();
    const calling = client.call('notes__append', { note }, { signal: controller.signal });
    const { approvalId } = await pendingApproval(replica.reviewer, APPEND);
    controller.abort();
    await expect(calling).rejects.toThrow();
    return { client, approvalId };
  };

  it('is kept for the next equal call, with one effect', async () => {
    const { client } = await giveUp('kept', { query: '?hold=100' });
    await held(0);
    await decideNext(replica, APPEND, 'approve');
    expect(textOf(await client.call('notes__append', { note: 'kept' }))).toBe('appended kept');
    expect(await gateway.calls()).toEqual(['kept']);
  });

  it('is cancelled when the client wants it so', async () => {
    const { approvalId } = await giveUp('cancelled', { query: '?hold=100&onCancel=cancel' });
    await eventually('the end of the approval', async () => {
      const { state } = await replica.reviewer.call('approval/get', { approvalId });
      return state !== 'pending';
    });
    expect(await gateway.calls()).not.toContain('cancelled');
  });

  it('is left alone by a cancellation from another session', async () => {
    const patient = await gateway.connect(KIND, replica, { query: '?hold=100' });
    const calling = patient.call('notes__append', { note: 'other' });
    await pendingApproval(replica.reviewer, APPEND);
    for (const requestId of [0, 1, 2]) {
      const message = { method: 'notifications/cancelled', params: { requestId } };
      const { status } = await postMessage(replica, '/mcp/gateway', message, replica.developer.authorization);
      expect(status).toBe(202);
    }
    await held(1);
    await decideNext(replica, APPEND, 'approve');
    expect(textOf(await calling)).toBe('appended other');
  });

  it('cannot be cancelled by a client that may only read', async () => {
    const params = { name: 'assent__result', arguments: { callId: 'c0ffee00-0000-7000-8000-000000000000' } };
    const message = { id: 1, method: 'tools/call', params };
    const path = '/mcp/gateway?onCancel=cancel';
    const { status } = await postMessage(replica, path, message, replica.reviewer.authorization);
    expect(status).toBe(403);
  });

  it('can be made again when its result was deleted by retention', async () => {
    const client = await gateway.connect(KIND, replica, { query: '?hold=0' });
    const { structuredContent } = await client.call('notes__append', { note: 'old' });
    const callId = String(structuredContent?.['callId']);
    await decideNext(replica, APPEND, 'approve');
    await eventually(
      'the effect',
      async () => (await replica.developer.call('run/get', { runId: callId })).state === 'completed',
    );
    await gateway.stage.rows(`delete from frames where run_id = '${callId}' returning seq`);
    expect((await client.call('notes__append', { note: 'old' })).structuredContent).toMatchObject({
      state: 'failed',
      retryable: false,
    });
    await eventually('a new call', async () => {
      const again = await client.call('notes__append', { note: 'old' });
      return again.structuredContent?.['state'] === 'pending' && again.structuredContent['callId'] !== callId;
    });
  });

  it('names bad arguments as the client names them', async () => {
    const client = await gateway.connect(KIND, replica);
    await expect(client.call('fs__read_text_file', { path: 5 })).rejects.toMatchObject({
      message: expect.stringContaining('"args/path" must be string') as string,
      data: { pointer: '/arguments/path' },
    });
  });
});
