import type { StartParams } from '@assent/contract';
import { framesOf, seen } from '../support/frames';
import { hidden } from '../support/plans';
import { Stage, type Replica } from '../support/stage';

const ACCEPTED = 202;
const GONE = 410;
const CONFLICT = 409;

describe('a question', () => {
  let stage: Stage;
  let replica: Replica;

  beforeAll(async () => {
    stage = await Stage.open();
    replica = await stage.start();
  });

  afterAll(async () => {
    await stage.close();
  });

  /** Starts the run and waits for its question. */
  async function asked(more: Partial<StartParams> = {}) {
    const { runId } = await replica.developer.call('start', hidden(more));
    const request = await seen(replica.developer, runId, 'request');
    return { runId, requestId: String(request['id']), params: request['params'] };
  }

  const reply = (requestId: string, result: unknown, by = replica.developer) =>
    by.post('/rpc', { jsonrpc: '2.0', id: requestId, result });

  it('that is worth more than any guess is put to the client, and the answer scores the tree again', async () => {
    const { runId, requestId, params } = await asked();
    expect(params).toMatchObject({
      runId,
      question: 'Which file does the service read?',
      assumptions: [
        { assumptionId: 'first', text: 'The first half holds the file', p: 0.5 },
        { assumptionId: 'second', text: 'The second half holds the file', p: 0.5 },
      ],
      onExpiry: 'unresolved',
    });
    const waiting = await replica.developer.call('run/get', { runId });
    expect(waiting).toMatchObject({ state: 'waiting', waitingFor: 'input', step: 1 });
    expect(waiting.pending).toMatchObject([{ id: requestId, method: 'input/request' }]);
    const resolved = [
      { assumptionId: 'first', truth: true },
      { assumptionId: 'second', truth: false },
    ];
    expect((await reply(requestId, { resolved })).status).toBe(ACCEPTED);
    await seen(replica.developer, runId, 'approval.requested');
    const frames = await framesOf(replica.developer, runId);
    expect(frames.filter(({ type }) => type === 'path.chosen')).toMatchObject([
      { step: 1, actionId: 'ask' },
      { step: 2, actionId: 'write-true-false' },
    ]);
    expect(frames.filter(({ type }) => type === 'assumption.resolved')).toMatchObject([
      { assumptionId: 'first', truth: true, source: 'answer', actor: 'developer' },
      { assumptionId: 'second', truth: false, source: 'answer', actor: 'developer' },
    ]);
    expect(frames.filter(({ type }) => type === 'request.resolved')).toMatchObject([
      { id: requestId, outcome: 'answered', actor: 'developer' },
    ]);
    const tree = await replica.developer.call('tree/get', { runId, step: 2 });
    expect(tree.assumptions).toMatchObject([
      { id: 'first', resolved: true },
      { id: 'second', resolved: false },
    ]);
    expect(tree.actions.map(({ id }) => id)).not.toContain('ask');
    expect((await replica.developer.call('run/get', { runId })).pending).toMatchObject([
      { method: 'approval/request' },
    ]);
  });

  it('takes the same answer again, and no other', async () => {
    const { requestId } = await asked();
    expect((await reply(requestId, { truth: true })).status).toBe(ACCEPTED);
    expect((await reply(requestId, { truth: true })).status).toBe(ACCEPTED);
    const other = await reply(requestId, { truth: false });
    expect(other.status).toBe(CONFLICT);
    expect(await other.json()).toMatchObject({
      state: 'answered',
      winner: { answer: { truth: true }, actor: 'developer' },
    });
  });

  it('refuses what it did not ask, what contradicts itself, what is no answer, and who may not answer', async () => {
    const { requestId, runId } = await asked();
    const refused = async (result: unknown, by = replica.developer) => {
      const response = await reply(requestId, result, by);
      const { pointer = null } = (await response.json()) as { pointer?: string };
      return [response.status, pointer];
    };
    expect(await refused({ resolved: [{ assumptionId: 'third', truth: true }] })).toEqual([
      400,
      '/result/resolved/0/assumptionId',
    ]);
    expect(await refused({ truth: true, resolved: [{ assumptionId: 'first', truth: false }] })).toEqual([
      400,
      '/result/resolved/0',
    ]);
    expect(await refused({})).toEqual([400, '/result']);
    expect(await refused({ truth: true }, replica.reviewer)).toEqual([403, null]);
    expect(await replica.developer.call('run/get', { runId })).toMatchObject({ state: 'waiting' });
  });

  it('that is answered in words only is not asked again', async () => {
    const { runId, requestId } = await asked();
    expect((await reply(requestId, { text: 'I do not know' })).status).toBe(ACCEPTED);
    await seen(replica.developer, runId, 'approval.requested');
    const tree = await replica.developer.call('tree/get', { runId });
    expect(tree.assumptions).toMatchObject([{ resolved: null }, { resolved: null }]);
    expect(tree.actions.map(({ id }) => id)).not.toContain('ask');
  });

  it.each([
    ['unresolved', [null, null]],
    ['true', [true, true]],
    ['false', [false, false]],
  ] as const)('that nobody answers goes on by its default %s', async (onExpiry, truths) => {
    const { runId, requestId } = await asked({ questions: { onExpiry } });
    await stage.rows(`update questions set expires_at = now() where request_id = $1`, [requestId]);
    await seen(replica.developer, runId, 'approval.requested');
    const tree = await replica.developer.call('tree/get', { runId });
    expect(tree.assumptions.map(({ resolved }) => resolved)).toEqual(truths);
    expect((await reply(requestId, { truth: true })).status).toBe(GONE);
  });

  it('ends with its run', async () => {
    const { runId, requestId } = await asked();
    await replica.developer.call('run/cancel', { runId });
    expect((await reply(requestId, { truth: true })).status).toBe(CONFLICT);
    expect((await framesOf(replica.developer, runId)).slice(-2)).toMatchObject([
      { type: 'request.resolved', id: requestId, outcome: 'cancelled' },
      { type: 'run.cancelled' },
    ]);
  });

  it('is not asked when no answer can change the choice', async () => {
    const beliefs = {
      assumptions: [{ id: 'first', text: 'The first half holds the file', p: 0.5 }],
      associations: [{ assumptionId: 'first', value: true, actionId: 'ask' }],
      gains: [{ actionId: 'write', when: {}, gain: 0.1 }],
    };
    const { runId } = await replica.developer.call('start', {
      ...hidden(),
      beliefs,
      actions: [
        { id: 'write', kind: 'tool', tool: 'file.write', args: { path: 'a.txt', content: 'a' }, effort: 9 },
        { id: 'ask', kind: 'ask', question: 'Which half?', messageLength: 0 },
      ],
      params: { lambda: 1 },
    });
    await seen(replica.developer, runId, 'approval.requested');
    expect((await framesOf(replica.developer, runId)).find(({ type }) => type === 'path.chosen')).toMatchObject({
      actionId: 'write',
    });
  });

  it('is answered once, whichever replica is told first', async () => {
    const second = await stage.start();
    const { runId, requestId } = await asked();
    const answers = [true, false].flatMap((truth) =>
      [replica.developer, second.developer].map((caller) => reply(requestId, { truth }, caller)),
    );
    const statuses = (await Promise.all(answers)).map(({ status }) => status);
    // Both callers are one principal: every caller with the winning answer gets 202.
    expect(statuses.filter((status) => status === ACCEPTED).length).toBeGreaterThanOrEqual(1);
    await seen(replica.developer, runId, 'approval.requested');
    const frames = await framesOf(replica.developer, runId);
    expect(frames.filter(({ type }) => type === 'request.resolved')).toHaveLength(1);
    expect(frames.filter(({ type }) => type === 'path.chosen')).toHaveLength(2);
  });

  it('is resolved once when its run is cancelled at the moment of the answer', async () => {
    const rounds = Array.from({ length: 12 }, async () => {
      const { runId, requestId } = await asked();
      await Promise.all([reply(requestId, { truth: true }), replica.developer.call('run/cancel', { runId })]);
      const frames = await framesOf(replica.developer, runId);
      const requested = frames.filter(({ type }) => type === 'request').map(({ id }) => id);
      const resolved = frames.filter(({ type }) => type === 'request.resolved').map(({ id }) => id);
      return { requested, resolved };
    });
    for (const { requested, resolved } of await Promise.all(rounds)) expect(resolved).toEqual(requested);
  });
});
