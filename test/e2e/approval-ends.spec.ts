import type { Caller } from '../support/caller';
import { eventually } from '../support/eventually';
import { frameOf, framesOf, framesUntil } from '../support/frames';
import { decide, startPending } from '../support/pending';
import { writePlan } from '../support/plans';
import { Stage } from '../support/stage';

describe('approvals', () => {
  let stage: Stage;
  let developer: Caller;
  let reviewer: Caller;

  beforeAll(async () => {
    stage = await Stage.open();
    ({ developer, reviewer } = await stage.start({ SWEEP_SECONDS: '1' }));
  });
  afterAll(() => stage.close());

  const answer = (requestId: string, result: object) =>
    reviewer.post('/rpc', { jsonrpc: '2.0', id: requestId, result });

  describe('without a decision', () => {
    it('expire: the run fails, a decision is 410 on every transport, nothing is written', async () => {
      const short = await stage.start({ APPROVAL_TTL_SECONDS: '1', SWEEP_SECONDS: '1' });
      const pending = await startPending(short.developer, 'expired.txt', 'x');
      const frames = await framesUntil(short.developer, pending.runId, 'run.failed');
      expect(frameOf(frames, 'approval.expired')).toMatchObject({ approvalId: pending.approvalId });
      expect(frameOf(frames, 'request.resolved')).toMatchObject({ id: pending.requestId, outcome: 'expired' });
      expect((await decide(reviewer, pending, 'approve')).status).toBe(410);
      expect((await answer(pending.requestId, { decision: 'approve', hash: pending.hash })).status).toBe(410);
      const params = { approvalId: pending.approvalId, decision: 'approve', hash: pending.hash };
      expect(await reviewer.fail('approval/decide', params)).toMatchObject({ code: -32008 });
      await expect(stage.read('expired.txt')).rejects.toThrow('ENOENT');
      await short.process.stop();
    });

    it('are gone once their time is up, though no sweep has come yet', async () => {
      const slow = await stage.start({ SWEEP_SECONDS: '60' });
      const pending = await startPending(slow.developer, 'overdue.txt', 'x');
      await stage.sql.query(`update approvals set expires_at = now() - interval '1 ms' where id = $1`, [
        pending.approvalId,
      ]);
      expect((await decide(slow.reviewer, pending, 'approve')).status).toBe(410);
      await eventually('another replica expires it', async () => {
        return (await slow.developer.call('run/get', { runId: pending.runId })).state === 'failed';
      });
      await slow.process.stop();
    });
  });

  it('are voided when their run fails inside the server: its frames, the inbox and webhooks say so', async () => {
    await developer.post('/webhooks', { url: 'http://receiver.invalid/', events: ['approval.voided'] });
    const pending = await startPending(developer, 'unfinished.txt', 'x');
    // As if the row of the call had been lost: nothing can be applied without it.
    await stage.sql.query('delete from tool_calls where run_id = $1', [pending.runId]);
    expect((await decide(reviewer, pending, 'approve')).status).toBe(200);
    const frames = await framesUntil(developer, pending.runId, 'run.failed');
    const { approvalId, runId } = pending;
    const reason = `Run ${runId} failed inside the server: look for its runId in the log.`;
    expect(frames.slice(-2)).toMatchObject([
      { type: 'approval.voided', approvalId, reason },
      { type: 'run.failed', error: { reason: 'internal', message: reason } },
    ]);
    expect(await reviewer.call('approval/get', { approvalId })).toMatchObject({ state: 'voided' });
    const inbox = 'select body->>$2 as state from approval_events where approval_id = $1 and type = $3';
    expect(await stage.rows(inbox, [approvalId, 'state', 'approval.voided'])).toEqual([{ state: 'voided' }]);
    const [event] = await stage.rows<{ body: string }>(
      `select body from webhook_events where type = 'approval.voided'`,
    );
    expect(JSON.parse(event?.body ?? '{}')).toMatchObject({ data: { runId, approvalId, reason } });
    expect((await framesOf(developer, runId)).map(({ type }) => type)).not.toContain('diff.applied');
  });

  it('may be given by the requester where SELF_APPROVAL=allow', async () => {
    const single = await stage.start({ SELF_APPROVAL: 'allow' });
    const pending = await startPending(single.developer, 'self.txt', 'self');
    await stage.sql.query(`update approvals set requester = 'reviewer' where id = $1`, [pending.approvalId]);
    expect((await decide(single.reviewer, pending, 'approve')).status).toBe(200);
    await framesUntil(single.developer, pending.runId, 'run.completed');
    await single.process.stop();
  });

  it('are asked for again where a start narrows what would be allowed', async () => {
    const { runId } = await developer.call(
      'start',
      writePlan('narrowed.txt', 'x', { policy: { deny: ['file.write'] } }),
    );
    const frames = await framesUntil(developer, runId, 'run.failed');
    expect(frameOf(frames, 'tool.guarded')).toMatchObject({ verdict: 'deny', rule: 'start.deny' });
    expect(frameOf(frames, 'run.failed')).toMatchObject({ error: { reason: 'forbidden' } });
  });
});
