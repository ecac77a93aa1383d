import { framesUntil } from '../support/frames';
import { startPending, type Pending } from '../support/pending';
import { person } from '../support/people';
import type { Replica } from '../support/stage';
import {
  WebhookScene,
  createWebhook,
  signedMessage,
  type CreatedWebhook,
  type SignedMessage,
} from '../support/webhooks';

describe('decisions by callback', () => {
  let scene: WebhookScene;
  let other: Replica;
  let webhook: CreatedWebhook;
  let pending: Pending;

  beforeAll(async () => {
    scene = await WebhookScene.open({ WEBHOOK_CALLBACKS: 'endpoint' });
    other = await scene.stage.start({ WEBHOOK_SECRET_KEY: 'k'.repeat(32) });
    const receiver = await scene.receiver();
    // Who makes a webhook stands behind its callbacks, and so starts no run here.
    const integrator = await person(scene.stage.sql, scene.server.process.url, 'integrator', [], ['webhook:admin']);
    webhook = await createWebhook(integrator, receiver.origin, ['approval.requested']);
  });
  beforeEach(async () => {
    pending = await startPending(scene.admin, `callbacks/${Math.random()}.txt`, 'by callback');
  });
  afterAll(() => scene.close());

  const approval = (more: object = {}) => ({ decision: 'approve', hash: pending.hash, ...more });

  const send = ({ body, headers }: SignedMessage, to: Replica = scene.server, approvalId = pending.approvalId) =>
    fetch(`${to.process.url}/approvals/${approvalId}/callback`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...headers },
    });

  const state = async (): Promise<string> => {
    const answer = await scene.server.reviewer.fetch(`/approvals/${pending.approvalId}`);
    return ((await answer.json()) as { state: string }).state;
  };

  it('decides, as the webhook that has signed, and the run goes on', async () => {
    const response = await send(signedMessage(webhook.secret, approval({ comment: 'four eyes' })));
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      state: 'approved',
      decision: { decision: 'approve', actor: `webhook:${webhook.id}`, comment: 'four eyes', hash: pending.hash },
    });
    const frames = await framesUntil(scene.admin, pending.runId, 'run.completed');
    expect(frames.map(({ type }) => type)).toContain('diff.applied');
    const audit = (await (await scene.server.reviewer.fetch(`/audit?subjectId=${pending.approvalId}`)).json()) as {
      items: object[];
    };
    expect(audit.items).toMatchObject([
      { action: 'approval.approve', actor: `webhook:${webhook.id}`, hash: pending.hash },
    ]);
  });

  it('refuses what is forged, tampered with, old, of the future, or not signed, and changes nothing', async () => {
    const at = (seconds: number) => ({ at: new Date(Date.now() + seconds * 1_000) });
    const good = signedMessage(webhook.secret, approval());
    const { headers } = good;
    const attempts: Record<string, SignedMessage> = {
      'another secret': signedMessage(`whsec_${Buffer.alloc(32, 7).toString('base64')}`, approval()),
      'another body': { ...good, body: good.body.replace('approve', 'reject') },
      'a body with a space more': { ...good, body: `${good.body} ` },
      'another id': { ...good, headers: { ...headers, 'webhook-id': 'msg_other' } },
      'another time': {
        ...good,
        headers: { ...headers, 'webhook-timestamp': String(Number(headers['webhook-timestamp']) + 1) },
      },
      'a malformed time': { ...good, headers: { ...headers, 'webhook-timestamp': '1e9' } },
      'six minutes old': signedMessage(webhook.secret, approval(), at(-360)),
      'six minutes ahead': signedMessage(webhook.secret, approval(), at(360)),
      'no signature': {
        ...good,
        headers: { 'webhook-id': 'msg_1', 'webhook-timestamp': headers['webhook-timestamp'] ?? '' },
      },
      'an empty signature': { ...good, headers: { ...headers, 'webhook-signature': 'v1,' } },
      'another version': {
        ...good,
        headers: { ...headers, 'webhook-signature': (headers['webhook-signature'] ?? '').replace('v1,', 'v2,') },
      },
    };
    for (const [what, message] of Object.entries(attempts))
      expect({ what, status: (await send(message)).status }).toEqual({ what, status: 401 });
    expect((await send(good, scene.server, '0190d4c2-0000-7000-8000-000000000000')).status).toBe(401);
    expect((await send(good, scene.server, 'none')).status).toBe(401);
    expect(await state()).toBe('pending');
  });

  it('takes each message once, on whichever replica, and the first decision wins', async () => {
    const message = signedMessage(webhook.secret, approval());
    const race = await Promise.all(Array.from({ length: 8 }, () => send(message)));
    const statuses = race.map((response) => response.status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
    expect(statuses.filter((status) => status === 409)).toHaveLength(7);
    expect((await send(message)).status).toBe(409);
    expect((await send(signedMessage(webhook.secret, approval()))).status).toBe(200);
    expect((await send(signedMessage(webhook.secret, approval({ decision: 'reject' })))).status).toBe(409);
    const decisions = await scene.stage.rows('select from decisions where approval_id = $1', [pending.approvalId]);
    expect(decisions).toHaveLength(1);
  });

  it('says of signed nonsense what is wrong with it', async () => {
    const status = async (value: unknown) => (await send(signedMessage(webhook.secret, value))).status;
    expect(await status(approval({ hash: `sha256:${'0'.repeat(64)}` }))).toBe(412);
    expect(await status(approval({ decision: 'maybe' }))).toBe(400);
    expect(await status(approval({ isAdmin: true }))).toBe(400);
    expect(await status(approval({ comment: 'x'.repeat(4_001) }))).toBe(400);
    expect(await status(approval({ comment: 'x'.repeat(20_000) }))).toBe(413);
    expect(await state()).toBe('pending');
  });

  it('counts only keys that somebody who may decide has issued, where it is set up so', async () => {
    expect((await send(signedMessage(webhook.secret, approval()), other)).status).toBe(401);
    const issue = (by: typeof scene.admin, body: object = {}) => by.post(`/webhooks/${webhook.id}/callback-key`, body);
    expect((await issue(scene.admin)).status).toBe(403);
    expect((await issue(scene.server.reviewer, { roles: ['security'] })).status).toBe(403);
    expect((await issue(scene.server.reviewer, { roles: 'reviewer' })).status).toBe(400);
    const { secret } = (await (await issue(scene.server.reviewer, { roles: ['reviewer'] })).json()) as {
      secret: string;
    };
    expect((await send(signedMessage(secret, approval()), other)).status).toBe(200);
    const behind = 'select callback_issuer from webhook_endpoints where id = $1';
    expect(await scene.stage.rows(behind, [webhook.id])).toEqual([{ callback_issuer: 'reviewer' }]);
    const votes = 'select actor, person from approval_votes where approval_id = $1';
    const vote = { actor: `webhook:${webhook.id}`, person: 'reviewer' };
    expect(await scene.stage.rows(votes, [pending.approvalId])).toEqual([vote]);
    await scene.stage.rows(
      `update webhook_endpoints set callback_issuer = 'developer', callback_by = null where id = $1`,
      [webhook.id],
    );
    const own = await startPending(scene.admin, 'callbacks/own.txt', 'by an own key');
    expect((await send(signedMessage(secret, approval({ hash: own.hash })), other, own.approvalId)).status).toBe(403);
    const revoked = await scene.server.reviewer.fetch(`/webhooks/${webhook.id}/callback-key`, { method: 'DELETE' });
    expect(revoked.status).toBe(204);
    expect((await send(signedMessage(secret, approval()), other)).status).toBe(401);
  });
});
