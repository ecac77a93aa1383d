import { randomUUID } from 'node:crypto';
import { eventually } from '../support/eventually';
import { decide } from '../support/pending';
import { person } from '../support/people';
import { Stage, type Replica } from '../support/stage';

describe('approvals about memory plans', () => {
  let stage: Stage;
  let a: Replica;
  let b: Replica;

  beforeAll(async () => {
    stage = await Stage.open();
    const env = { FEATURE_FLAGS: 'memory_routing=on' };
    [a, b] = await Promise.all([stage.start(env), stage.start(env)]);
  });
  afterAll(() => stage.close());

  const propose = async (text: string) => {
    const planId = randomUUID();
    const ops = [{ op: 'add' as const, text, rationale: 'seen twice' }];
    expect(await a.developer.call('memory/plan/apply', { planId, ops })).toMatchObject({ state: 'proposed' });
    const { items } = await a.reviewer.call('approval/list', { subject: 'memory_plan', state: 'pending' });
    const approval = items.find(({ subject }) => subject.id === planId);
    if (!approval) throw new Error(`plan ${planId} was not asked for`);
    return { planId, ops, approval };
  };
  const stateOf = async (planId: string) => (await a.developer.call('memory/plan/get', { planId })).state;

  it('stand in the same inbox, show what is decided on, and apply the plan once it is approved, once', async () => {
    const { planId, approval, ops } = await propose('Payments need three seconds.');
    expect(approval).toMatchObject({
      runId: null,
      diffId: null,
      tool: 'memory_plan',
      requester: 'developer',
      files: [],
    });
    const text = await a.reviewer.fetch(`/approvals/${approval.approvalId}/diff`, {
      headers: { accept: 'text/x-diff' },
    });
    expect(await text.text()).toContain('Payments need three seconds.');
    // Asked for again it is the same approval.
    await a.developer.call('memory/plan/apply', { planId, ops });
    expect(await a.reviewer.call('approval/count', { subject: 'memory_plan', state: 'pending' })).toMatchObject({
      total: 1,
    });

    const answers = await Promise.all([a, b].map(({ reviewer }) => decide(reviewer, approval, 'approve')));
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    await eventually('the plan is applied', async () => (await stateOf(planId)) === 'applied');
    const dispatches = () =>
      stage.rows(`select id from audit_log where action = 'approval.dispatch' and subject_id = $1`, [
        approval.approvalId,
      ]);
    await eventually('that is on record', async () => (await dispatches()).length === 1);
    const fragments = await stage.rows(`select id from memory_fragments`);

    // As if a replica had died between the effect and the mark.
    await stage.sql.query(`update approvals set dispatched_at = null, dispatch_until = null where id = $1`, [
      approval.approvalId,
    ]);
    await eventually('somebody goes on with it', async () => (await dispatches()).length === 2);
    expect(await stage.rows(`select id from memory_fragments`)).toEqual(fragments);
  });

  it('refuse the plan once it is rejected; whoever wrote it cannot decide; webhooks are told', async () => {
    await a.developer.post('/webhooks', { url: 'http://receiver.invalid/', events: ['*'] });
    const { planId, approval } = await propose('Nobody needs timeouts.');
    const author = await person(stage.sql, a.process.url, 'developer');
    expect((await decide(author, approval, 'approve')).status).toBe(403);
    const revision = await a.reviewer.post(
      `/approvals/${approval.approvalId}/revisions`,
      { files: [{ path: 'x', content: 'x' }] },
      { 'if-match': `"${approval.hash}"` },
    );
    expect(revision.status).toBe(409);
    expect((await decide(a.reviewer, approval, 'reject', { comment: 'no' })).status).toBe(200);
    await eventually('the plan is refused', async () => (await stateOf(planId)) === 'rejected');
    const told = await stage.rows<{ body: string }>('select body from webhook_events order by created_at, type desc');
    const about = { approvalId: approval.approvalId, runId: null, subject: { type: 'memory_plan', id: planId } };
    expect(told.map(({ body }) => JSON.parse(body) as unknown)).toMatchObject([
      { type: 'approval.requested', data: { ...about, hash: approval.hash } },
      { type: 'approval.decided', data: { ...about, decision: 'reject', actor: 'reviewer', comment: 'no' } },
    ]);
  });
});
