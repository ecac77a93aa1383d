import { eventually } from '../support/eventually';
import { framesUntil } from '../support/frames';
import { decide, startPending } from '../support/pending';
import { person } from '../support/people';
import { writePlan } from '../support/plans';
import {
  WebhookScene,
  createWebhook,
  ping,
  signedByHand,
  signedMessage,
  verified,
  type CreatedWebhook,
} from '../support/webhooks';

describe('webhooks', () => {
  let scene: WebhookScene;

  beforeAll(async () => {
    scene = await WebhookScene.open();
  });
  afterEach(() => scene.quiet());
  afterAll(() => scene.close());

  it('says enough of a request for a message to a person, without a secret, and by which webhook it was decided', async () => {
    const receiver = await scene.receiver();
    const { server, stage } = scene;
    const integrator = await person(stage.sql, server.process.url, 'integrator', [], ['webhook:admin']);
    const webhook = await createWebhook(integrator, `${receiver.origin}/hook`, [
      'approval.requested',
      'approval.decided',
    ]);
    const granted = await server.reviewer.post(`/webhooks/${webhook.id}/callback-key`, {});
    const { secret } = (await granted.json()) as { secret: string };
    const lines = Array.from({ length: 60 }, (_, index) => `line ${index + 1}\n`);
    await stage.write('message.txt', lines.join(''));
    const changed = lines.with(1, 'LINE 2\n').with(50, 'Authorization: Bearer hunter2hunter2hunter2hunter2\n').join('');
    const goal = `Rotate it: Authorization: Bearer abcdef0123456789abcdef0123456789 ${'g'.repeat(600)}`;
    const secretBelief = { id: 'leak', text: 'Authorization: Bearer abcdef0123456789abcdef0123456789', p: 0.1 };
    const { beliefs } = writePlan('message.txt', changed);
    const pending = await startPending(scene.admin, 'message.txt', changed, {
      goal,
      beliefs: {
        assumptions: [...(beliefs?.assumptions ?? []), secretBelief],
        gains: [...(beliefs?.gains ?? []), { actionId: 'finish', when: { leak: true }, gain: 0.3 }],
      },
    });
    const [request] = await eventually('the request is sent', () => receiver.requests.length > 0 && receiver.requests);
    const { data } = JSON.parse(request?.body ?? '') as { data: Record<string, unknown> };
    expect(data).toMatchObject({
      approvalId: pending.approvalId,
      hash: pending.hash,
      title: 'file.write: message.txt',
      tool: 'file.write',
      workspace: 'example',
      requester: 'developer',
      risks: [],
      needed: { people: 1, roles: [] },
      filesTotal: 1,
      files: [{ path: 'message.txt', kind: 'modify', added: 2, removed: 2 }],
      summary: expect.stringContaining('+LINE 2') as unknown,
      reviewUrl: null,
      rationale: {
        sentence: expect.stringMatching(
          /^Chosen because the timeout is too short \(90%\); below \d+% it would finish instead\.$/,
        ) as unknown,
        for: [{ text: 'The timeout is too short', value: true, decisive: true }],
        against: expect.arrayContaining([
          expect.objectContaining({ weight: expect.any(Number) as unknown }),
        ]) as unknown,
      },
    });
    expect(String(data['goal'])).toMatch(/^Rotate it: /);
    expect(String(data['goal']).length).toBeLessThanOrEqual(500);
    expect(request?.body).not.toMatch(/hunter2hunter2|abcdef0123456789/);

    const { body, headers } = signedMessage(secret, { decision: 'approve', hash: pending.hash, hunks: [1] });
    const answer = await fetch(`${server.process.url}/approvals/${pending.approvalId}/callback`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...headers },
    });
    expect([answer.status, await answer.json()]).toMatchObject([200, { state: 'approved', revision: 2 }]);
    await framesUntil(scene.admin, pending.runId, 'run.completed');
    expect(await stage.read('message.txt')).toBe(lines.with(1, 'LINE 2\n').join(''));
    const event = await eventually('the decision is sent', () =>
      receiver.requests.find((one) => one.body.includes('"approval.decided"')),
    );
    expect(JSON.parse(event.body)).toMatchObject({
      data: { approvalId: pending.approvalId, actor: `webhook:${webhook.id}`, via: `webhook:${webhook.id}` },
    });
  });

  it('tells of a run in the words of its frames, signed, and shows the secret once', async () => {
    const receiver = await scene.receiver();
    const webhook = await createWebhook(scene.admin, `${receiver.origin}/hook`);
    const pending = await startPending(scene.admin, 'hooks/told.txt', 'told');
    await decide(scene.server.reviewer, pending, 'approve');
    const frames = await framesUntil(scene.admin, pending.runId, 'run.completed');
    await eventually('four events', () => receiver.requests.length >= 4);
    const reported = receiver.requests.map((request) => {
      expect(signedByHand(request, webhook.secret)).toBe(true);
      expect(request.headers['content-type']).toBe('application/json');
      return verified(request, webhook.secret) as { type: string; timestamp: string; data: { seq: number } };
    });
    const wanted = frames
      .filter(({ type }) => ['approval.requested', 'approval.decided', 'diff.applied', 'run.completed'].includes(type))
      .map(({ type, at, ...data }) => ({ type, timestamp: at, data }));
    const [requested, ...others] = reported.toSorted((a, b) => a.data.seq - b.data.seq);
    // A request has more than its frame: a message about it is written without looking anything up.
    expect(requested).toMatchObject(wanted[0] ?? {});
    expect(others).toEqual(wanted.slice(1));
    expect(webhook.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    for (const path of [
      '/webhooks',
      `/webhooks/${webhook.id}`,
      `/webhooks/${webhook.id}/deliveries`,
      '/audit?limit=100',
    ]) {
      const text = await (await scene.admin.fetch(path)).text();
      expect(text).toContain(webhook.id);
      expect(text).not.toContain(webhook.secret);
    }
    const [stored] = await scene.stage.rows<{ secret: string }>('select secret from webhook_endpoints where id = $1', [
      webhook.id,
    ]);
    expect(stored?.secret).toMatch(/^gcm1:/);
    expect(scene.server.process.lines.join('\n')).not.toContain(webhook.secret);
  });

  it('sends only what was asked for', async () => {
    const receiver = await scene.receiver();
    await createWebhook(scene.admin, receiver.origin, ['approval.decided']);
    const pending = await startPending(scene.admin, 'hooks/filter.txt', 'filter');
    await decide(scene.server.reviewer, pending, 'reject');
    await framesUntil(scene.admin, pending.runId, 'run.completed');
    await eventually('the decision', () => receiver.requests.length > 0);
    expect(receiver.requests.map(({ body }) => (JSON.parse(body) as { type: string }).type)).toEqual([
      'approval.decided',
    ]);
  });

  it('signs with both secrets while one is rotated', async () => {
    const receiver = await scene.receiver();
    const webhook = await createWebhook(scene.admin, receiver.origin);
    const rotated = (await (
      await scene.admin.post(`/webhooks/${webhook.id}/rotate-secret`, {})
    ).json()) as CreatedWebhook;
    expect(rotated.secret).not.toBe(webhook.secret);
    await ping(scene.admin, webhook.id);
    await eventually('the test', () => receiver.requests.length === 1);
    const [both] = receiver.requests;
    if (!both) throw new Error('nothing came');
    for (const secret of [webhook.secret, rotated.secret]) {
      verified(both, secret);
      expect(signedByHand(both, secret)).toBe(true);
    }
    await scene.stage.rows('update webhook_endpoints set previous_until = now() where id = $1', [webhook.id]);
    await ping(scene.admin, webhook.id);
    await eventually('another test', () => receiver.requests.length === 2);
    const [, one] = receiver.requests;
    if (!one) throw new Error('nothing came');
    expect([signedByHand(one, webhook.secret), signedByHand(one, rotated.secret)]).toEqual([false, true]);
  });

  it('replays a time, with what came while the endpoint was off, and no test', async () => {
    const receiver = await scene.receiver();
    const webhook = await createWebhook(scene.admin, receiver.origin, ['approval.requested']);
    const patch = (enabled: boolean) =>
      scene.admin.fetch(`/webhooks/${webhook.id}`, {
        method: 'PATCH',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ enabled }),
      });
    await ping(scene.admin, webhook.id);
    await eventually('the test', () => receiver.requests.length === 1);
    await patch(false);
    const from = new Date(Date.now() - 60_000).toISOString();
    const missed = await startPending(scene.admin, 'hooks/missed.txt', 'missed');
    await patch(true);
    const to = new Date(Date.now() + 60_000).toISOString();
    const [since] = await scene.stage.rows<{ at: Date }>('select created_at as at from runs where id = $1', [
      missed.runId,
    ]);
    const range = { from: since?.at.toISOString() ?? from, to };
    const answer = await scene.admin.post(`/webhooks/${webhook.id}/replay`, range);
    expect([answer.status, await answer.json()]).toEqual([202, { queued: 1, next: null }]);
    await eventually('the missed event', () => receiver.requests.length === 2);
    expect(JSON.parse(receiver.requests[1]?.body ?? '')).toMatchObject({ data: { approvalId: missed.approvalId } });
    await scene.admin.post(`/webhooks/${webhook.id}/replay`, range);
    await eventually('once more', () => receiver.requests.length === 3);
    expect(receiver.requests[2]?.body).toBe(receiver.requests[1]?.body);
    expect(receiver.requests[2]?.headers['webhook-id']).toBe(receiver.requests[1]?.headers['webhook-id']);
  });

  it.each([
    'http://169.254.169.254/latest',
    'http://10.0.0.1/',
    'http://0x0a000001/',
    'http://167772161/',
    'http://[::1]/',
    'http://[::ffff:10.0.0.1]/',
    'http://192.168.1',
  ])('refuses %s as an address', async (url) => {
    const response = await scene.admin.post('/webhooks', { url, events: ['*'] });
    expect(response.status).toBe(403);
  });

  it.each([
    [{ url: 'no address', events: ['*'] }, '/url'],
    [{ url: 'ftp://example.com/', events: ['*'] }, '/url'],
    [{ url: 'https://user:password@example.com/', events: ['*'] }, '/url'],
    [{ url: 'https://example.com/', events: [] }, '/events'],
    [{ url: 'https://example.com/', events: ['everything'] }, '/events'],
    [{ url: 'https://example.com/', events: ['*'], secret: 'whsec_mine' }, '/secret'],
    [{ events: ['*'] }, '/url'],
  ])('refuses %j and names %s', async (body, pointer) => {
    const response = await scene.admin.post('/webhooks', body);
    expect([response.status, await response.json()]).toEqual([400, expect.objectContaining({ pointer })]);
  });

  it('is for those who administer webhooks, and has no more than fifty a tenant', async () => {
    expect((await scene.server.reviewer.fetch('/webhooks')).status).toBe(403);
    expect((await scene.admin.fetch('/webhooks/0190d4c2-0000-7000-8000-000000000000')).status).toBe(404);
    await scene.stage
      .rows(`insert into webhook_endpoints (id, tenant_id, url, events, state, secret, created_by, created_at, updated_at)
      select gen_random_uuid(), 'local', 'https://example.com/', '{*}', 'disabled', 'plain:', 'test', now(), now() from generate_series(1, 50)`);
    expect((await scene.admin.post('/webhooks', { url: 'http://receiver.invalid/', events: ['*'] })).status).toBe(409);
    await scene.stage.rows(`delete from webhook_endpoints where created_by = 'test'`);
  });

  it('deletes an endpoint with its secrets, and tells of every change in the audit', async () => {
    const receiver = await scene.receiver();
    const { id } = await createWebhook(scene.admin, receiver.origin);
    for (const overlapSeconds of [null, -1, 604_801, '1'])
      expect((await scene.admin.post(`/webhooks/${id}/rotate-secret`, { overlapSeconds })).status).toBe(400);
    const change = { method: 'PATCH', body: '{"url":null}', headers: { 'content-type': 'application/json' } };
    expect((await scene.admin.fetch(`/webhooks/${id}`, change)).status).toBe(400);
    await scene.admin.post(`/webhooks/${id}/rotate-secret`, { overlapSeconds: 0 });
    expect((await scene.admin.fetch(`/webhooks/${id}`, { method: 'DELETE' })).status).toBe(204);
    expect((await scene.admin.fetch(`/webhooks/${id}`)).status).toBe(404);
    const audit = (await (await scene.server.reviewer.fetch(`/audit?subjectId=${id}`)).json()) as {
      items: { action: string; actor: string }[];
    };
    expect(audit.items.map(({ action, actor }) => `${action} ${actor}`)).toEqual([
      'webhook.delete developer',
      'webhook.rotate developer',
      'webhook.create developer',
    ]);
  });

  it('shows what was tried and what waits as series', async () => {
    const response = await fetch(`${scene.server.process.url}/metrics`);
    const text = (await response.text()).replaceAll(/^(?!assent_webhook).*$\n/gm, '');
    expect(text).toMatch(/assent_webhook_attempts_total\{outcome="delivered"\} [1-9]/);
    for (const name of ['pending_deliveries', 'oldest_due_seconds', 'dead_deliveries']) {
      expect(text).toMatch(new RegExp(`^assent_webhook_${name} `, 'm'));
    }
  });
});
