import type { MethodResult } from '@assent/contract';
import { eventually } from '../support/eventually';
import { startPending } from '../support/pending';
import { WebhookScene, createWebhook, deliveriesOf, deliveryWhere, ping } from '../support/webhooks';

type Listed = MethodResult<'webhook/delivery/list'>;

describe('the log of all deliveries', () => {
  let scene: WebhookScene;

  beforeAll(async () => {
    scene = await WebhookScene.open();
  });
  afterEach(() => scene.quiet());
  afterAll(() => scene.close());

  const listed = async (query = ''): Promise<Listed> =>
    (await (await scene.admin.fetch(`/webhook-deliveries${query}`)).json()) as Listed;

  it('has those of every webhook, by state, type and time, page by page, and none of a removed one', async () => {
    const receiver = await scene.receiver();
    const hooks = [
      await createWebhook(scene.admin, `${receiver.origin}/one`),
      await createWebhook(scene.admin, `${receiver.origin}/two`, ['run.failed']),
    ];
    const first = await ping(scene.admin, hooks[0]?.id ?? '');
    const second = await ping(scene.admin, hooks[1]?.id ?? '');
    for (const hook of hooks) await deliveryWhere(scene.admin, hook.id, ({ state }) => state === 'delivered');
    await startPending(scene.admin, 'logged.txt', 'x');
    const third = (await deliveryWhere(scene.admin, hooks[0]?.id ?? '', ({ type }) => type === 'approval.requested'))
      .id;
    const ids = async (query: string) => (await listed(query)).items.map(({ id }) => id);
    expect(await ids('')).toEqual([third, second, first]);
    expect(await ids('?type=webhook.test')).toEqual([second, first]);
    expect(await ids('?state=dead')).toEqual([]);
    expect(await ids(`?webhookId=${hooks[1]?.id ?? ''}`)).toEqual([second]);
    expect((await deliveriesOf(scene.admin, hooks[0]?.id ?? '', '?type=webhook.test')).map(({ id }) => id)).toEqual([
      first,
    ]);
    const createdAt = (await listed()).items[1]?.createdAt ?? '';
    expect(await ids(`?from=${createdAt}`)).toEqual([third, second]);
    expect(await ids(`?to=${createdAt}`)).toEqual([first]);
    const page = await listed('?limit=2');
    expect((await listed(`?limit=2&cursor=${page.cursor ?? ''}`)).items.map(({ id }) => id)).toEqual([first]);
    await scene.admin.fetch(`/webhooks/${hooks[1]?.id ?? ''}`, { method: 'DELETE' });
    expect(await ids('')).toEqual([third, first]);
    expect((await scene.server.reviewer.fetch('/webhook-deliveries')).status).toBe(403);
  });

  it('shows what is sent: the bytes and the headers that the receiver gets, without a signature', async () => {
    const receiver = await scene.receiver();
    const hook = await createWebhook(scene.admin, `${receiver.origin}/sent`);
    const deliveryId = await ping(scene.admin, hook.id);
    const [got] = await eventually('it is sent', () => receiver.requests.length > 0 && receiver.requests);
    const { body, headers, messageId } = await scene.admin.call('webhook/delivery/get', { deliveryId });
    expect(body).toBe(got?.body);
    expect(headers['webhook-id']).toBe(messageId);
    expect(got?.headers).toMatchObject(headers);
    expect(JSON.stringify({ headers })).not.toContain('signature');
    const rest = await scene.admin.fetch(`/webhook-deliveries/${deliveryId}`);
    expect(await rest.json()).toMatchObject({ id: deliveryId, body, headers });
  });

  it('says how many events a replay would send, and sends none', async () => {
    const receiver = await scene.receiver();
    const hook = await createWebhook(scene.admin, `${receiver.origin}/dry`, ['approval.requested']);
    const from = '2000-01-01T00:00:00Z';
    const to = '2100-01-01T00:00:00Z';
    await startPending(scene.admin, 'dry.txt', 'x');
    await deliveryWhere(scene.admin, hook.id, ({ state }) => state === 'delivered');
    const counted = await scene.admin.call('webhook/replay', { webhookId: hook.id, from, to, dryRun: true });
    expect(counted.next).toBeNull();
    const before = await deliveriesOf(scene.admin, hook.id);
    expect(before.map(({ state }) => state)).not.toContain('pending');
    const none = { webhookId: hook.id, from, to, events: ['run.failed' as const], dryRun: true };
    expect((await scene.admin.call('webhook/replay', none)).queued).toBe(0);
    const replayed = await scene.admin.call('webhook/replay', { webhookId: hook.id, from, to });
    expect([counted.queued, replayed.queued > 0]).toEqual([replayed.queued, true]);
  });
});
