import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { eventually } from '../support/eventually';
import {
  WebhookScene,
  answering,
  createWebhook,
  deliveriesOf,
  deliveryWhere,
  makeDue,
  ping,
  signedByHand,
} from '../support/webhooks';

/** A free name that no resolver knows (RFC 6761). */
const NOWHERE = 'http://receiver.invalid/hook';

describe('webhooks that do not arrive', () => {
  let scene: WebhookScene;

  beforeAll(async () => {
    scene = await WebhookScene.open();
  });
  afterEach(() => scene.quiet());
  afterAll(() => scene.close());

  it('sends the same id and the same bytes until it is taken, then never again', async () => {
    let answers = 0;
    const receiver = await scene.receiver((response) => answering((answers += 1) < 3 ? 500 : 204)(response));
    const { webhook, id, delivery } = await scene.tried(receiver);
    expect(delivery).toMatchObject({ state: 'pending', lastStatus: 500 });
    for (const attempts of [2, 3]) {
      await makeDue(scene.stage, id);
      await deliveryWhere(scene.admin, webhook.id, (each) => each.attempts.length === attempts);
    }
    const [done] = await deliveriesOf(scene.admin, webhook.id);
    expect(done).toMatchObject({
      state: 'delivered',
      attempts: [{ outcome: 'failed' }, { outcome: 'failed' }, { outcome: 'delivered' }],
    });
    expect(new Set(receiver.requests.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(new Set(receiver.requests.map(({ body }) => body)).size).toBe(1);
    for (const request of receiver.requests) expect(signedByHand(request, webhook.secret)).toBe(true);
    const [left] = await scene.stage.rows('select lease_until from webhook_deliveries where id = $1', [id]);
    expect(left).toEqual({ lease_until: null });
  });

  it('plans the next attempt by the schedule, and waits longer when the receiver asks for it', async () => {
    const [later, busy] = await Promise.all([
      scene.receiver(answering(503)),
      scene.receiver(answering(429, { 'retry-after': '120' })),
    ]);
    const waits = await Promise.all(
      [later, busy].map(async (receiver) => {
        const { id } = await scene.tried(receiver);
        const [row] = await scene.stage.rows<{ wait: number }>(
          `select extract(epoch from next_attempt_at - at)::float as wait from webhook_deliveries join webhook_attempts on delivery_id = id where id = $1`,
          [id],
        );
        return row?.wait ?? 0;
      }),
    );
    expect(waits[0]).toBeGreaterThanOrEqual(5);
    expect(waits[0]).toBeLessThan(30);
    expect(waits[1]).toBeGreaterThanOrEqual(119);
  });

  it('follows no redirect, inwards or anywhere', async () => {
    const inner = await scene.receiver();
    const receiver = await scene.receiver(answering(302, { location: `${inner.origin}/inner` }));
    const { delivery } = await scene.tried(receiver);
    expect(delivery).toMatchObject({ state: 'pending', lastStatus: 302 });
    expect(inner.requests).toEqual([]);
  });

  it('makes a dead letter of what ten tries did not deliver, and delivers it when somebody asks', async () => {
    const receiver = await scene.receiver(answering(500));
    const { webhook, id } = await scene.tried(receiver);
    await scene.stage.rows('update webhook_deliveries set attempts = 9 where id = $1', [id]);
    await makeDue(scene.stage, id);
    const dead = await deliveryWhere(scene.admin, webhook.id, ({ state }) => state === 'dead');
    expect(dead).toMatchObject({ reason: 'exhausted', nextAttemptAt: null });
    receiver.answer = answering(200);
    const response = await scene.admin.post(`/webhook-deliveries/${id}/redeliver`, {});
    expect(response.status).toBe(202);
    await deliveryWhere(scene.admin, webhook.id, ({ state }) => state === 'delivered');
    expect(new Set(receiver.requests.map(({ body }) => body)).size).toBe(1);
  });

  it('switches an endpoint off that says it is gone, and makes dead letters of what waits for it', async () => {
    let code = 500;
    const receiver = await scene.receiver((response) => answering(code)(response));
    const { webhook, id } = await scene.tried(receiver);
    code = 410;
    await ping(scene.admin, webhook.id);
    await deliveryWhere(scene.admin, webhook.id, ({ reason }) => reason === 'gone');
    const waiting = await deliveryWhere(scene.admin, webhook.id, (each) => each.id === id && each.state === 'dead');
    expect(waiting.reason).toBe('disabled');
    const reported = (await (await scene.admin.fetch(`/webhooks/${webhook.id}`)).json()) as object;
    expect(reported).toMatchObject({ state: 'disabled', disabledReason: 'gone' });
    expect((await scene.admin.post(`/webhook-deliveries/${id}/redeliver`, {})).status).toBe(409);
    expect((await scene.admin.post(`/webhooks/${webhook.id}/test`, {})).status).toBe(409);
  });

  it('switches an endpoint off that has failed for days, and on again when asked', async () => {
    const receiver = await scene.receiver(answering(500));
    const { webhook, id } = await scene.tried(receiver);
    await scene.stage.rows(
      `update webhook_endpoints set failures = 20, failing_since = now() - interval '6 days' where id = $1`,
      [webhook.id],
    );
    await makeDue(scene.stage, id);
    const state = () =>
      scene.admin.fetch(`/webhooks/${webhook.id}`).then((answer) => answer.json() as Promise<Record<string, unknown>>);
    await eventually('it is off', async () => (await state())['disabledReason'] === 'failing');
    const on = await scene.admin.fetch(`/webhooks/${webhook.id}`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ enabled: true }),
    });
    expect(await on.json()).toMatchObject({ state: 'enabled', disabledReason: null, failures: 0, failingSince: null });
  });

  it('keeps a slow receiver from delaying others, and outlives every kind of bad one', async () => {
    const opened: ServerResponse[] = [];
    const resetting = createTcpServer((socket) => socket.once('data', () => socket.resetAndDestroy()));
    const garbage = createTcpServer((socket) => socket.once('data', () => socket.end('neither TLS nor HTTP\r\n\r\n')));
    for (const tcp of [resetting, garbage]) {
      tcp.on('connection', (socket) => socket.on('error', () => undefined));
      tcp.listen(0, '127.0.0.1');
      await once(tcp, 'listening');
    }
    const portOf = (tcp: typeof resetting): number => (tcp.address() as AddressInfo).port;
    const hanging = await scene.receiver((response) => opened.push(response));
    const dripping = await scene.receiver((response) => {
      opened.push(response.writeHead(200));
      const drip = setInterval(() => response.write('.'), 1_000);
      response.on('close', () => clearInterval(drip));
    });
    const huge = await scene.receiver((response) => {
      const chunk = Buffer.alloc(1_048_576, 'x');
      let left = 100;
      const pour = (): void => {
        while ((left -= 1) >= 0 && response.write(chunk));
        if (left < 0) response.end();
      };
      response.on('drain', pour).on('error', () => undefined);
      pour();
    });
    const bad = {
      hanging: hanging.origin,
      dripping: dripping.origin,
      huge: huge.origin,
      resetting: `http://127.0.0.1:${portOf(resetting)}`,
      'no TLS': `https://127.0.0.1:${portOf(garbage)}`,
      'no HTTP': `http://127.0.0.1:${portOf(garbage)}`,
      'no DNS': NOWHERE,
    };
    const webhooks = await Promise.all(
      Object.entries(bad).map(async ([name, url]) => ({ name, webhook: await createWebhook(scene.admin, url) })),
    );
    const slow = webhooks.find(({ name }) => name === 'hanging')?.webhook;
    if (!slow) throw new Error('no slow one');
    // More than the allowed deliveries in flight, before any delivery of the fast one is queued.
    for (let index = 0; index < 12; index += 1) await ping(scene.admin, slow.id);
    for (const { webhook, name } of webhooks) if (name !== 'hanging') await ping(scene.admin, webhook.id);
    const fast = await scene.receiver();
    const quick = await createWebhook(scene.admin, fast.origin);
    for (let index = 0; index < 20; index += 1) await ping(scene.admin, quick.id);
    await eventually('all of the fast one', () => fast.requests.length === 20);
    // No delivery of the slow one has ended by then.
    expect((await deliveriesOf(scene.admin, slow.id)).flatMap(({ attempts }) => attempts)).toEqual([]);
    expect(hanging.requests.length).toBeLessThanOrEqual(4);

    const ends = await Promise.all(
      webhooks.map(async ({ name, webhook }) => {
        const { attempts } = await deliveryWhere(scene.admin, webhook.id, (each) => each.attempts.length > 0);
        return [name, attempts[0]?.status ?? attempts[0]?.error ?? ''] as const;
      }),
    );
    expect(Object.fromEntries(ends)).toEqual({
      hanging: expect.stringContaining('did not answer in time') as string,
      dripping: expect.stringContaining('did not answer in time') as string,
      huge: 200,
      resetting: expect.stringContaining('could not be reached') as string,
      'no TLS': expect.stringContaining('could not be reached') as string,
      'no HTTP': expect.stringContaining('could not be reached') as string,
      'no DNS': expect.stringContaining('could not be reached') as string,
    });
    const [large] = await deliveriesOf(scene.admin, webhooks.find(({ name }) => name === 'huge')?.webhook.id ?? '');
    expect(large?.attempts[0]?.answer).toHaveLength(1_024);
    for (const response of opened) response.destroy();
    resetting.close();
    garbage.close();
  });

  it('keeps no credential of an answer', async () => {
    let secret = '';
    const receiver = await scene.receiver((response) =>
      response.writeHead(500).end(`Bearer abcdefghijkl ${secret} token=hunter22 \u001b[2J`),
    );
    const webhook = await createWebhook(scene.admin, receiver.origin);
    ({ secret } = webhook);
    await ping(scene.admin, webhook.id);
    const { attempts } = await deliveryWhere(scene.admin, webhook.id, (each) => each.attempts.length === 1);
    expect(attempts[0]?.answer).toBe('[redacted] [redacted] token=[redacted] \uFFFD[2J');
  });
});
