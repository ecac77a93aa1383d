import { randomUUID } from 'node:crypto';
import { SCOPES } from '@assent/contract';
import { Caller } from '../support/caller';
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

  const propose = async (text: string, of: { agent?: string } = {}) => {
    const planId = randomUUID();
    const ops = [{ op: 'add' as const, text, rationale: 'seen twice', ...of }];
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

  it('refuse a choice of hunks and a revision, because they have no diff', async () => {
    const { planId, approval } = await propose('Payments need four seconds.');
    const answers = [
      await decide(a.reviewer, approval, 'approve', { hunks: [1] }),
      await a.reviewer.post(
        `/approvals/${approval.approvalId}/revisions`,
        { files: [{ path: 'a.txt', content: 'x' }] },
        { 'if-match': `"${approval.hash}"` },
      ),
    ];
    const bodies = await Promise.all(answers.map((answer) => answer.json()));
    expect(bodies).toMatchObject([
      { status: 400, pointer: '/hunks', detail: expect.stringContaining('not about a diff') },
      { status: 409 },
    ]);
    expect(await stateOf(planId)).toBe('proposed');
  });

  it('say that their text was erased once memory has forgotten it', async () => {
    const { planId, approval } = await propose('Ann prefers tabs.', { agent: 'ann' });
    expect((await decide(a.reviewer, approval, 'approve')).status).toBe(200);
    await eventually('the plan is applied', async () => (await stateOf(planId)) === 'applied');
    await a.developer.call('memory/forget', { subject: 'ann' });
    const { approvalId } = approval;
    const text = await a.reviewer.fetch(`/approvals/${approvalId}/diff`, { headers: { accept: 'text/x-diff' } });
    expect([text.status, await text.json()]).toMatchObject([
      404,
      {
        type: 'urn:assent:error:not-found',
        detail: `The text of approval ${approvalId} cannot be shown: it was erased with memory/forget. Who decided, and on which hash, is at GET /approvals/${approvalId}/audit.`,
      },
    ]);
    expect(await a.reviewer.call('approval/get', { approvalId })).toMatchObject({ state: 'approved' });
  });

  it('are voided while they are pending when their text is forgotten, and the plan is refused', async () => {
    await a.developer.post('/webhooks', { url: 'http://receiver.invalid/', events: ['*'] });
    const { planId, approval } = await propose('Eve prefers spaces.', { agent: 'eve' });
    const { approvalId, hash } = approval;
    await a.developer.call('memory/forget', { subject: 'eve' });
    expect(await a.reviewer.call('approval/get', { approvalId })).toMatchObject({ state: 'voided', goal: '[erased]' });
    expect(await stateOf(planId)).toBe('rejected');
    expect((await decide(a.reviewer, approval, 'approve')).status).toBe(409);
    const reported = await stage.rows<{ type: string; body: string }>(
      `select type, body from webhook_events where type like 'approval.%' order by created_at, type`,
    );
    expect(reported.map(({ type }) => type)).toEqual(['approval.requested', 'approval.voided']);
    expect(JSON.parse(reported[1]?.body ?? '{}')).toMatchObject({
      data: { approvalId, hash, runId: null, reason: 'its text was erased' },
    });
    const inbox = await stage.rows(`select type from approval_events where approval_id = $1 order by place`, [
      approvalId,
    ]);
    expect(inbox).toEqual([{ type: 'approval.requested' }, { type: 'approval.voided' }]);
    const audit = await stage.rows(
      `select action, actor from audit_log where subject_id = any($1) and action like '%.%'`,
      [[approvalId, planId]],
    );
    expect(audit).toEqual(
      expect.arrayContaining([
        { action: 'approval.void', actor: 'developer' },
        { action: 'memory_plan.reject', actor: 'developer' },
      ]),
    );
    // The dispatcher has nothing left to do, and says so instead of retrying for ever.
    await eventually('it is carried out', async () => {
      const rows = await stage.rows('select from approvals where id = $1 and dispatched_at is not null', [approvalId]);
      return rows.length === 1;
    });
    for (const table of ['approvals', 'memory_plans', 'webhook_events', 'memory_fragments']) {
      expect(await stage.rows(`select from ${table} as t where t::text ilike '%spaces%'`)).toEqual([]);
    }
    await stage.rows('delete from webhook_deliveries');
    await stage.rows('delete from webhook_events');
    await stage.rows('delete from webhook_endpoints');
  });

  it('that were approved are done with when their text is erased before they are carried out', async () => {
    const { planId, approval } = await propose('Fay likes long lines.', { agent: 'fay' });
    const { approvalId } = approval;
    // As if every replica that carries decisions out had been away since.
    await stage.rows(`update approvals set dispatch_until = now() + interval '1 hour' where id = $1`, [approvalId]);
    expect((await decide(a.reviewer, approval, 'approve')).status).toBe(200);
    await a.developer.call('memory/forget', { subject: 'fay' });
    await stage.rows('update approvals set dispatch_until = null where id = $1', [approvalId]);
    const done = await eventually('it is done with', async () => {
      const rows = await stage.rows<{ detail: object }>(
        `select detail from audit_log where action = 'approval.dispatch' and subject_id = $1`,
        [approvalId],
      );
      return rows[0];
    });
    expect(done.detail).toMatchObject({ state: 'approved', erased: true });
    expect(await stateOf(planId)).toBe('rejected');
    expect(await stage.rows(`select from memory_fragments where agent = 'fay'`)).toEqual([]);
  });

  it('are not decided by the person who issued the key that asked', async () => {
    const scopes = [...SCOPES];
    const alice = await person(stage.sql, a.process.url, 'alice', ['admin'], scopes);
    const answer = await alice.post('/keys', { name: 'dan', subject: 'dan', scopes });
    const dan = new Caller(a.process.url, ((await answer.json()) as { key: string }).key);
    const planId = randomUUID();
    const ops = [{ op: 'add' as const, text: 'Dan likes timeouts.', rationale: 'said so' }];
    await dan.call('memory/plan/apply', { planId, ops });
    const { items } = await alice.call('approval/list', { subject: 'memory_plan', state: 'pending' });
    const approval = items.find(({ subject }) => subject.id === planId);
    if (!approval) throw new Error(`plan ${planId} was not asked for`);
    expect(approval.requester).toBe('dan');
    expect((await decide(alice, approval, 'approve')).status).toBe(403);
    expect((await decide(alice, approval, 'reject')).status).toBe(403);
    expect((await decide(a.reviewer, approval, 'reject')).status).toBe(200);
  });

  it('refuse the plan once it is rejected; its author cannot decide; webhooks are notified', async () => {
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
    const reported = await stage.rows<{ body: string }>(
      'select body from webhook_events order by created_at, type desc',
    );
    const about = { approvalId: approval.approvalId, runId: null, subject: { type: 'memory_plan', id: planId } };
    expect(reported.map(({ body }) => JSON.parse(body) as unknown)).toMatchObject([
      { type: 'approval.requested', data: { ...about, hash: approval.hash } },
      { type: 'approval.decided', data: { ...about, decision: 'reject', actor: 'reviewer', comment: 'no' } },
    ]);
  });
});
