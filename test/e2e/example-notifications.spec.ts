import type { Caller } from '../support/caller';
import { eventually } from '../support/eventually';
import { startExample, type ExampleProcess } from '../support/example-process';
import { startPending, type Pending } from '../support/pending';
import type { Receiver } from '../support/receiver';
import { WebhookScene, createWebhook, deliveryWhere, type CreatedWebhook } from '../support/webhooks';

/** The service that an example calls, and what it is started with. */
const EXAMPLES = {
  ntfy: (origin: string) => ({ NTFY_URL: origin, NTFY_TOPIC: 'reviews', NTFY_TOKEN: 'tk_fake' }),
  email: (origin: string) => ({
    MAIL_API_URL: `${origin}/emails`,
    MAIL_API_KEY: 're_fake',
    MAIL_FROM: 'Assent <assent@acme.example>',
    MAIL_TO: 'ann@acme.example, bob@acme.example',
  }),
} as const;

describe.each(Object.keys(EXAMPLES) as (keyof typeof EXAMPLES)[])('examples/%s', (name) => {
  let scene: WebhookScene;
  let service: Receiver;
  let example: ExampleProcess;
  let webhook: CreatedWebhook;
  let developer: Caller;

  beforeAll(async () => {
    scene = await WebhookScene.open({ PUBLIC_URL: 'https://assent.example' });
    service = await scene.receiver();
    developer = scene.admin;
    webhook = await createWebhook(developer, 'http://127.0.0.1:9/', ['*']);
    const env = { ...EXAMPLES[name](service.origin), ASSENT_WEBHOOK_SECRET: webhook.secret };
    example = await startExample(name, env);
    await scene.patch(webhook.id, { url: `${example.url}/assent` });
  });
  afterAll(async () => {
    await example.kill();
    await scene.close();
  });

  const sentFor = ({ approvalId }: Pending) => service.requests.filter(({ body }) => body.includes(approvalId));
  const sent = (pending: Pending) => eventually('it is sent', () => sentFor(pending)[0]);
  const linkTo = ({ approvalId, hash }: Pending) =>
    `https://assent.example/ui/approvals/${approvalId}?rev=${hash.slice('sha256:'.length, 'sha256:'.length + 12)}`;

  it('sends a message with the link to the review', async () => {
    const pending = await startPending(developer, 'notified.txt', 'x');
    const { method, path, headers, body } = await sent(pending);
    const link = linkTo(pending);
    const delivery = await deliveryWhere(
      developer,
      webhook.id,
      ({ type, state }) => type === 'approval.requested' && state === 'delivered',
    );
    const wanted = {
      ntfy: {
        path: '/',
        authorization: 'Bearer tk_fake',
        body: {
          topic: 'reviews',
          title: 'file.write: notified.txt',
          message: 'developer asks in example.',
          priority: 4,
          click: link,
          actions: [{ action: 'view', label: 'Review', url: link }],
        },
      },
      email: {
        path: '/emails',
        authorization: 'Bearer re_fake',
        body: {
          from: 'Assent <assent@acme.example>',
          to: ['ann@acme.example', 'bob@acme.example'],
          subject: 'Review: file.write: notified.txt',
          text: expect.stringMatching(
            /^Review it here: \S+\n\nGoal: .*create notified\.txt \(\+1 -0\).*Needed: 1 person, until /s,
          ),
        },
      },
    }[name];
    expect({ method, path, authorization: headers.authorization, body: JSON.parse(body) as unknown }).toMatchObject({
      method: 'POST',
      ...wanted,
    });
    expect(body).toContain(link);
    if (name === 'email') expect(headers['idempotency-key']).toBe(delivery.messageId);
  });

  it('sends it once for several deliveries of the event, and again when the service did not take it', async () => {
    const good = service.answer;
    service.answer = (response) => response.writeHead(500).end('no');
    const pending = await startPending(developer, 'again.txt', 'x');
    await sent(pending);
    const { id } = await deliveryWhere(developer, webhook.id, ({ lastStatus }) => lastStatus === 502);
    service.answer = good;
    const redeliver = async (attempts: number) => {
      await developer.post(`/webhook-deliveries/${id}/redeliver`, {});
      const wanted = ({ id: of, attempts: made, state }: { id: string; attempts: readonly object[]; state: string }) =>
        of === id && made.length === attempts && state === 'delivered';
      await deliveryWhere(developer, webhook.id, wanted);
    };
    await redeliver(2);
    await redeliver(3);
    expect(sentFor(pending)).toHaveLength(2);
  });

  it('sends nothing for a message that Assent did not sign, nor for a GET', async () => {
    const before = service.requests.length;
    const body = JSON.stringify({ type: 'approval.requested', data: { title: 'forged' } });
    expect((await fetch(`${example.url}/assent`, { method: 'POST', body })).status).toBe(401);
    expect((await fetch(`${example.url}/assent`)).status).toBe(405);
    expect((await fetch(`${example.url}/`)).status).toBe(404);
    const large = 'x'.repeat(1_048_577);
    expect((await fetch(`${example.url}/assent`, { method: 'POST', body: large })).status).toBe(413);
    expect(service.requests).toHaveLength(before);
  });
});
