import type { StartParams } from '@assent/contract';
import { frameOf, framesOf, framesUntil, seen } from '../support/frames';
import { decide } from '../support/pending';
import { DEVELOPER_KEY } from '../support/server-process';
import { Stage, type Replica } from '../support/stage';

const ACCEPTED = 202;
/** Default of CLIENT_TOOL_SECONDS. */
const CLIENT_TOOL_MS = 60_000;

const LOOKUP = {
  name: 'client.lookup',
  description: 'Looks up an order in the browser of the person',
  effect: 'read' as const,
  inputSchema: { type: 'object', properties: { order: { type: 'string' } }, required: ['order'] },
  outputSchema: { type: 'object', properties: { total: { type: 'number' } }, required: ['total'] },
};
const REFUND = {
  name: 'client.refund',
  description: 'Refunds an order',
  inputSchema: { type: 'object', properties: { order: { type: 'string' } }, required: ['order'] },
};

/** A run that calls one tool of the client. */
function calling(tool: string, more: Partial<StartParams> = {}): StartParams {
  return {
    goal: 'See to order 7',
    memory: false,
    clientTools: [LOOKUP, REFUND],
    actions: [{ id: 'call', kind: 'tool', tool, args: { order: '7' } }],
    beliefs: {
      assumptions: [{ id: 'paid', text: 'Order 7 is paid', p: 0.9 }],
      gains: [{ actionId: 'call', when: {}, gain: 1 }],
    },
    ...more,
  };
}

describe('a tool that the client hosts', () => {
  let stage: Stage;
  let replica: Replica;

  beforeAll(async () => {
    stage = await Stage.open();
    replica = await stage.start();
  });

  afterAll(async () => {
    await stage.close();
  });

  const asked = async (runId: string) => {
    const frames = await framesUntil(replica.developer, runId, 'run.waiting');
    return frameOf(frames, 'request');
  };
  const reply = (id: unknown, answer: object, by = replica.developer) =>
    by.post('/rpc', { jsonrpc: '2.0', id, ...answer });

  it('is called over the stream, and its answer is the result of the run', async () => {
    const { runId } = await replica.developer.call('start', calling('client.lookup'));
    const request = await asked(runId);
    expect(request).toMatchObject({
      method: 'tool/call',
      params: { runId, tool: 'client.lookup', args: { order: '7' }, idempotencyKey: `${runId}:1` },
    });
    expect(await replica.developer.call('run/get', { runId })).toMatchObject({
      state: 'waiting',
      waitingFor: 'client_tool',
      pending: [{ id: request['id'], method: 'tool/call' }],
    });
    const refused = await reply(request['id'], { result: { output: { total: 'seven' } } });
    expect([refused.status, await refused.json()]).toMatchObject([400, { pointer: '/result/output' }]);
    expect((await reply(request['id'], { result: { output: { total: 7 } } }, replica.reviewer)).status).toBe(404);
    expect((await reply(request['id'], { result: { output: { total: 7 } } })).status).toBe(ACCEPTED);
    await seen(replica.developer, runId, 'run.completed');
    const frames = await framesOf(replica.developer, runId);
    expect(frameOf(frames, 'tool.output')).toMatchObject({ tool: 'client.lookup', output: { total: 7 } });
    expect(frameOf(frames, 'run.completed')).toMatchObject({ result: { kind: 'output', output: { total: 7 } } });
    expect((await reply(request['id'], { result: { output: { total: 7 } } })).status).toBe(ACCEPTED);
    for (const other of [{ result: { output: { total: 8 } } }, { error: { code: 1, message: 'no' } }]) {
      const refused = await reply(request['id'], other);
      expect([refused.status, await refused.json()]).toMatchObject([
        409,
        { winner: { outcome: 'answered', actor: 'developer' } },
      ]);
    }
  });

  it('is answered by the requester of the run; for everybody else of the tenant there is no such request', async () => {
    const { runId } = await replica.developer.call('start', calling('client.lookup'));
    const request = await asked(runId);
    await stage.rows(`update runs set requester = 'somebody-else' where id = $1`, [runId]);
    for (const answer of [{ result: { output: { total: 7 } } }, { error: { code: 1, message: 'no' } }]) {
      expect((await reply(request['id'], answer)).status).toBe(404);
    }
    await stage.rows(`update runs set requester = 'developer' where id = $1`, [runId]);
    expect((await reply(request['id'], { result: { output: { total: 7 } } })).status).toBe(ACCEPTED);
    await seen(replica.developer, runId, 'run.completed');
  });

  it('is not called with what looks like a secret, which its frames would show', async () => {
    for (const order of ['Bearer abcdefghijk.0123456789', DEVELOPER_KEY]) {
      const actions = [{ id: 'call', kind: 'tool' as const, tool: 'client.lookup', args: { order } }];
      const refused = await replica.developer.fail('start', calling('client.lookup', { actions }));
      expect(refused).toMatchObject({ code: -32602, data: { pointer: '/actions/0/args' } });
      expect(JSON.stringify(refused)).not.toContain(order);
    }
  });

  it('that changes something is called only after a person has approved exactly that call', async () => {
    const { runId } = await replica.developer.call('start', calling('client.refund'));
    const approval = await seen(replica.developer, runId, 'approval.requested');
    const pending = { approvalId: String(approval['approvalId']), hash: String(approval['hash']) };
    const diff = await replica.reviewer.call('diff/get', { diffId: String(approval['diffId']) });
    expect(diff).toMatchObject({ tool: 'client.refund', files: [] });
    expect(diff.patch).toContain('"order": "7"');
    expect((await framesOf(replica.developer, runId)).filter(({ method }) => method === 'tool/call')).toEqual([]);
    // Only the approved bytes count, regardless of other copies of the call.
    await stage.rows(`update tool_calls set args = '{"order": "8"}' where run_id = $1`, [runId]);
    expect((await decide(replica.reviewer, pending, 'approve')).status).toBe(200);
    const waiting = async () => (await replica.developer.call('run/get', { runId })).pending;
    await framesUntil(replica.developer, runId, 'tool.started');
    const [request] = await waiting();
    expect(request).toMatchObject({ params: { args: { order: '7' } } });
    // The client's time begins with the call; what the person took is not counted.
    const before = await framesOf(replica.developer, runId);
    const decidedAt = Date.parse(frameOf(before, 'approval.decided').at);
    const { deadline } = request?.params as { deadline: string };
    expect(Date.parse(deadline)).toBeGreaterThanOrEqual(decidedAt + CLIENT_TOOL_MS);
    expect((await reply(request?.id, { result: { output: { refunded: true } } })).status).toBe(ACCEPTED);
    await seen(replica.developer, runId, 'run.completed');
    const frames = await framesOf(replica.developer, runId);
    expect(frameOf(frames, 'run.completed')).toMatchObject({ result: { kind: 'applied', output: { refunded: true } } });
    expect(await replica.reviewer.call('diff/get', { diffId: String(approval['diffId']) })).toMatchObject({
      state: 'applied',
    });
    const audit = await stage.rows(`select action, actor from audit_log where run_id = $1 order by id`, [runId]);
    expect(audit).toEqual([
      { action: 'approval.approve', actor: 'reviewer' },
      { action: 'diff.dispatch', actor: 'system:apply' },
      { action: 'diff.apply', actor: 'developer' },
    ]);
  });

  it('that fails says why', async () => {
    const { runId } = await replica.developer.call('start', calling('client.lookup'));
    const request = await asked(runId);
    expect((await reply(request['id'], { error: { code: 1, message: 'The tab is closed' } })).status).toBe(ACCEPTED);
    const failed = frameOf(await framesUntil(replica.developer, runId, 'run.failed'), 'run.failed');
    expect(failed).toMatchObject({ error: { reason: 'tool_failed', message: 'The tab is closed' } });
  });

  it('that no client answers ends clearly when its time is up', async () => {
    const { runId } = await replica.developer.call('start', calling('client.lookup'));
    const request = await asked(runId);
    await stage.rows(`update client_calls set expires_at = now() where request_id = $1`, [request['id']]);
    const frames = await framesUntil(replica.developer, runId, 'run.failed');
    expect(frameOf(frames, 'tool.failed')).toMatchObject({ error: { reason: 'timeout' } });
    expect(frameOf(frames, 'run.failed')).toMatchObject({ error: { reason: 'timeout' } });
    expect((await reply(request['id'], { result: { output: { total: 7 } } })).status).toBe(410);
  });

  it('that was approved and that no client answers has an outcome that nobody knows', async () => {
    const { runId } = await replica.developer.call('start', calling('client.refund'));
    const { approvalId, hash, diffId } = await seen(replica.developer, runId, 'approval.requested');
    const pending = { approvalId: String(approvalId), hash: String(hash) };
    expect((await decide(replica.reviewer, pending, 'approve')).status).toBe(200);
    await framesUntil(replica.developer, runId, 'tool.started');
    await stage.rows(`update client_calls set expires_at = now() where run_id = $1`, [runId]);
    const frames = await framesUntil(replica.developer, runId, 'run.failed');
    expect(frameOf(frames, 'run.failed')).toMatchObject({ error: { reason: 'outcome_unknown' } });
    expect(frameOf(frames, 'approval.voided')).toMatchObject({
      approvalId,
      reason: expect.stringContaining('No client answered the call of client.refund'),
    });
    expect(await replica.reviewer.call('diff/get', { diffId: String(diffId) })).toMatchObject({ state: 'applying' });
    expect(await replica.reviewer.call('approval/get', { approvalId: pending.approvalId })).toMatchObject({
      state: 'voided',
    });
  });

  it('that was approved and that the client could not carry out voids its approval, and says so', async () => {
    const { runId } = await replica.developer.call('start', calling('client.refund'));
    const { approvalId, hash } = await seen(replica.developer, runId, 'approval.requested');
    await decide(replica.reviewer, { approvalId: String(approvalId), hash: String(hash) }, 'approve');
    await framesUntil(replica.developer, runId, 'tool.started');
    const [request] = (await replica.developer.call('run/get', { runId })).pending;
    await reply(request?.id, { error: { code: 1, message: 'The till is closed' } });
    const frames = await framesUntil(replica.developer, runId, 'run.failed');
    expect(frameOf(frames, 'approval.voided')).toMatchObject({ approvalId, reason: 'The till is closed' });
    expect(await replica.reviewer.call('approval/get', { approvalId: String(approvalId) })).toMatchObject({
      state: 'voided',
    });
  });

  it('ends with its run', async () => {
    const { runId } = await replica.developer.call('start', calling('client.lookup'));
    const request = await asked(runId);
    await replica.developer.call('run/cancel', { runId });
    expect((await reply(request['id'], { result: { output: { total: 7 } } })).status).toBe(409);
    expect(frameOf(await framesOf(replica.developer, runId), 'request.resolved')).toMatchObject({
      outcome: 'cancelled',
    });
  });

  it('whose run is cancelled while the client has the approved call leaves that in the audit', async () => {
    const { runId } = await replica.developer.call('start', calling('client.refund'));
    const { approvalId, hash, diffId } = await seen(replica.developer, runId, 'approval.requested');
    await decide(replica.reviewer, { approvalId: String(approvalId), hash: String(hash) }, 'approve');
    await framesUntil(replica.developer, runId, 'tool.started');
    const [request] = (await replica.developer.call('run/get', { runId })).pending;
    await replica.developer.call('run/cancel', { runId });
    const rows = await stage.rows(
      `select action, actor, subject_id as subject, hash, detail from audit_log where run_id = $1 order by id`,
      [runId],
    );
    expect(rows).toMatchObject([
      { action: 'approval.approve', actor: 'reviewer' },
      { action: 'diff.dispatch', actor: 'system:apply' },
      {
        action: 'diff.unknown',
        actor: 'developer',
        subject: diffId,
        hash,
        detail: { by: 'client', tool: 'client.refund', requestId: request?.id },
      },
    ]);
  });

  it('is refused at the start when it cannot be used: another name space, twice, a bad schema, bad arguments', async () => {
    const refused = async (params: object) => {
      const { code, data } = await replica.developer.fail('start', { ...calling('client.lookup'), ...params });
      return [code, data['pointer']];
    };
    expect(await refused({ clientTools: [{ ...LOOKUP, name: 'file.write' }] })).toEqual([
      -32602,
      '/clientTools/0/name',
    ]);
    expect(await refused({ clientTools: [LOOKUP, LOOKUP] })).toEqual([-32602, '/clientTools/1/name']);
    expect(await refused({ clientTools: [{ ...LOOKUP, inputSchema: { type: 'string' } }] })).toEqual([
      -32602,
      '/clientTools/0/inputSchema',
    ]);
    const cyclic = { type: 'object', $defs: { a: { anyOf: [{ $ref: '#/$defs/a' }] } } };
    expect(await refused({ clientTools: [{ ...LOOKUP, inputSchema: cyclic }] })).toEqual([
      -32602,
      '/clientTools/0/inputSchema',
    ]);
    expect(await refused({ actions: [{ id: 'call', kind: 'tool', tool: 'client.lookup', args: {} }] })).toEqual([
      -32602,
      '/actions/0/args/order',
    ]);
    expect(await refused({ clientTools: [] })).toEqual([-32602, '/actions/0/tool']);
  });
});
