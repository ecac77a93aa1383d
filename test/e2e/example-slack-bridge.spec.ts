import { createHmac } from 'node:crypto';
import type { Approval } from '@assent/contract';
import type { Caller } from '../support/caller';
import { eventually } from '../support/eventually';
import { startExample, type ExampleProcess } from '../support/example-process';
import { framesUntil } from '../support/frames';
import { allowed, askHook, pendingQuestion } from '../support/hooks';
import { decide, startPending, type Pending } from '../support/pending';
import { person } from '../support/people';
import type { Receiver } from '../support/receiver';
import { WebhookScene, createWebhook, deliveryWhere, type CreatedWebhook } from '../support/webhooks';

const SIGNING_SECRET = 'the signing secret of the fake Slack';
const LONG = 'a line of a long change\n'.repeat(200);

interface Element {
  readonly action_id: string;
  readonly value?: string;
  readonly url?: string;
}
interface Block {
  readonly type: string;
  readonly block_id?: string;
  readonly elements?: readonly Element[];
}
interface Call {
  readonly method: string;
  readonly body: {
    readonly channel: string;
    readonly ts?: string;
    readonly user?: string;
    readonly text: string;
    readonly blocks: readonly Block[];
  };
}

describe('examples/slack-bridge', () => {
  let scene: WebhookScene;
  /** The Web API of the fake Slack. */
  let api: Receiver;
  let bridge: ExampleProcess;
  let webhook: CreatedWebhook;
  let ada: Caller;
  let dan: Caller;

  beforeAll(async () => {
    scene = await WebhookScene.open({ PUBLIC_URL: 'https://assent.example' });
    api = await scene.receiver();
    let posts = 0;
    api.answer = (response) => {
      response.setHeader('content-type', 'application/json');
      posts += 1;
      response.end(JSON.stringify({ ok: true, channel: 'C0REVIEW', ts: `1764600000.${posts}` }));
    };
    const { process } = scene.server;
    const integrator = await person(scene.stage.sql, process.url, 'integrator', [], ['webhook:admin']);
    ada = await person(
      scene.stage.sql,
      process.url,
      'ada',
      ['admin'],
      ['key:admin', 'approval:decide', 'approval:read'],
    );
    dan = await person(scene.stage.sql, process.url, 'dan', [], ['run:write', 'run:read']);
    // The bridge needs the secrets, and the webhook the address of the bridge.
    webhook = await createWebhook(integrator, 'http://127.0.0.1:9/', ['*']);
    const key = await ada.post(`/webhooks/${webhook.id}/callback-key`, { actors: 'mapped' });
    bridge = await startExample('slack-bridge', {
      ASSENT_URL: process.url,
      ASSENT_WEBHOOK_SECRET: webhook.secret,
      ASSENT_CALLBACK_KEY: ((await key.json()) as { secret: string }).secret,
      SLACK_API_URL: `${api.origin}/api`,
      SLACK_BOT_TOKEN: 'xoxb-fake',
      SLACK_SIGNING_SECRET: SIGNING_SECRET,
      SLACK_CHANNEL: 'reviews',
    });
    await scene.patch(webhook.id, { url: `${bridge.url}/assent` });
    for (const [externalId, subject] of [
      ['U0ANN', 'ann'],
      ['U0DAN', 'dan'],
    ]) {
      expect((await ada.post('/identities', { provider: 'slack', externalId, subject })).status).toBe(201);
    }
  });
  afterAll(async () => {
    await bridge.kill();
    await scene.close();
  });

  const calls = (): Call[] =>
    api.requests.map(({ path, body }) => ({
      method: path.replace('/api/', ''),
      body: JSON.parse(body) as Call['body'],
    }));
  const call = (what: string, wanted: (call: Call) => boolean) => eventually(what, () => calls().find(wanted));
  const buttonsOf = ({ body: { blocks } }: Call): readonly Element[] =>
    blocks.find(({ block_id: id }) => id === 'decide')?.elements ?? [];
  const isAbout =
    ({ approvalId }: Pick<Pending, 'approvalId'>) =>
    (posted: Call) =>
      posted.method === 'chat.postMessage' && JSON.stringify(posted.body).includes(approvalId);
  const asked = async (path: string, content = 'x'): Promise<{ pending: Pending; message: Call }> => {
    const pending = await startPending(dan, path, content);
    return { pending, message: await call('the message is posted', isAbout(pending)) };
  };
  /** A click as Slack sends it. */
  const click = (user: string, message: Call, id: string, { at = Date.now(), secret = SIGNING_SECRET } = {}) => {
    const action = buttonsOf(message).find(({ action_id: name }) => name === id);
    const payload = {
      type: 'block_actions',
      user: { id: user, username: user.toLowerCase() },
      channel: { id: 'C0REVIEW' },
      message: { ts: `ts of ${String(action?.value)}`, blocks: message.body.blocks },
      actions: [action],
    };
    const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
    const time = String(Math.floor(at / 1_000));
    const signature = createHmac('sha256', secret).update(`v0:${time}:${body}`).digest('hex');
    return fetch(`${bridge.url}/slack/interactions`, {
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'x-slack-request-timestamp': time,
        'x-slack-signature': `v0=${signature}`,
      },
    });
  };
  const approvalOf = async ({ approvalId }: Pick<Pending, 'approvalId'>): Promise<Approval> =>
    (await (await ada.fetch(`/approvals/${approvalId}`)).json()) as Approval;

  it('posts what a person needs to decide, and lets who clicks decide under their own name', async () => {
    const { pending, message } = await asked('slack/<!channel>.txt');
    const text = JSON.stringify(message.body);
    expect(message.body.channel).toBe('reviews');
    for (const part of ['Asked by dan for file.write', '&lt;!channel&gt;.txt', '+x', 'Needed: 1 person']) {
      expect(text).toContain(part);
    }
    expect(buttonsOf(message)).toMatchObject([
      { action_id: 'approve', value: JSON.stringify({ approvalId: pending.approvalId, hash: pending.hash }) },
      { action_id: 'reject' },
      { action_id: 'open', url: expect.stringContaining(`/ui/approvals/${pending.approvalId}`) },
    ]);
    expect((await click('U0ANN', message, 'approve')).status).toBe(200);
    await framesUntil(dan, pending.runId, 'run.completed');
    expect(await approvalOf(pending)).toMatchObject({
      state: 'approved',
      decision: { actor: 'ann', via: `webhook:${webhook.id}` },
    });
    const updated = await call(
      'the message says who approved',
      ({ method, body }) => method === 'chat.update' && JSON.stringify(body).includes('Approved by <@U0ANN>.'),
    );
    expect(buttonsOf(updated).map(({ action_id: id }) => id)).toEqual(['open']);
    await deliveryWhere(
      scene.admin,
      webhook.id,
      ({ type, state }) => type === 'approval.decided' && state === 'delivered',
    );
  });

  it('answers a coding agent that waits for its permission hook', async () => {
    const agent = await person(scene.stage.sql, scene.server.process.url, 'dan/laptop', [], ['permission:ask']);
    const asking = askHook(agent, 'make release');
    const question = await pendingQuestion(ada, 'make release');
    const message = await call('the question is posted', isAbout(question));
    expect(JSON.stringify(message.body)).toContain('Asked by dan/laptop for agent.claude-code.Bash');
    await click('U0ANN', message, 'approve');
    expect(await asking).toEqual({ status: 200, body: allowed() });
    expect(await approvalOf(question)).toMatchObject({ state: 'approved', decision: { actor: 'ann' } });
  });

  it('says to a person who may not decide why, and to nobody else', async () => {
    const { pending, message } = await asked('slack/refused.txt');
    await click('U0NEW', message, 'approve');
    await click('U0DAN', message, 'reject');
    const said = async (user: string) =>
      (await call('the person is told', ({ method, body }) => method === 'chat.postEphemeral' && body.user === user))
        .body.text;
    expect(await said('U0NEW')).toBe(
      'The slack account U0NEW ("u0new") is not mapped to a subject. An admin maps it with POST /identities.',
    );
    expect(await said('U0DAN')).toContain('"dan" cannot decide it');
    expect(await approvalOf(pending)).toMatchObject({ state: 'pending', votes: [] });
  });

  it('takes the buttons away when it is decided elsewhere', async () => {
    const { pending } = await asked('slack/elsewhere.txt');
    await decide(scene.server.reviewer, pending, 'reject');
    const updated = await call(
      'the message says who rejected',
      ({ method, body }) => method === 'chat.update' && JSON.stringify(body).includes('Rejected by reviewer.'),
    );
    expect(buttonsOf(updated).map(({ action_id: id }) => id)).toEqual(['open']);
  });

  it('offers no approval of what the message does not show', async () => {
    const { message } = await asked('slack/long.txt', LONG);
    expect(buttonsOf(message).map(({ action_id: id }) => id)).toEqual(['reject', 'open']);
    const hidden = await asked('slack/hidden.txt', 'a\u202eb');
    expect(buttonsOf(hidden.message).map(({ action_id: id }) => id)).toEqual(['reject', 'open']);
  });

  it('decides nothing on a request that Slack did not send, is old, or is a GET', async () => {
    const { pending, message } = await asked('slack/forged.txt');
    expect((await click('U0ANN', message, 'approve', { secret: 'another' })).status).toBe(401);
    expect((await click('U0ANN', message, 'approve', { at: Date.now() - 301_000 })).status).toBe(401);
    const value = buttonsOf(message)[0]?.value ?? '';
    for (const path of ['/slack/interactions', '/assent', `/slack/interactions?payload=${encodeURIComponent(value)}`]) {
      expect((await fetch(`${bridge.url}${path}`)).status).toBe(405);
    }
    const forged = await fetch(`${bridge.url}/assent`, { method: 'POST', body: '{"type":"approval.decided"}' });
    expect(forged.status).toBe(401);
    for (const path of [`/approvals/${pending.approvalId}/callback`, `/approvals/${pending.approvalId}/approve`]) {
      expect((await scene.server.reviewer.fetch(path)).status).toBeGreaterThanOrEqual(404);
    }
    expect(await approvalOf(pending)).toMatchObject({ state: 'pending', votes: [] });
  });

  it('lets Assent send an event again that Slack did not take', async () => {
    const good = api.answer;
    api.answer = (response) => response.end('{"ok":false,"error":"ratelimited"}');
    const { pending } = await asked('slack/away.txt');
    const failed = await deliveryWhere(
      scene.admin,
      webhook.id,
      ({ lastStatus, state }) => lastStatus === 502 && state === 'pending',
    );
    api.answer = good;
    const before = calls().filter(isAbout(pending)).length;
    await scene.admin.post(`/webhook-deliveries/${failed.id}/redeliver`, {});
    await eventually('it is posted again', () => calls().filter(isAbout(pending)).length > before);
  });
});
