import { createHmac, randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { Webhook } from 'standardwebhooks';
import type { Caller } from './caller';
import { eventually } from './eventually';
import { Receiver, type ReceivedRequest } from './receiver';
import { Stage, type Replica } from './stage';

/** A webhook as it was created, with the secret that is shown once. */
export interface CreatedWebhook {
  readonly id: string;
  readonly url: string;
  readonly secret: string;
}

/** A delivery as the log shows it. */
export interface LoggedDelivery {
  readonly id: string;
  readonly messageId: string;
  readonly type: string;
  readonly state: string;
  readonly reason: string | null;
  readonly lastStatus: number | null;
  readonly nextAttemptAt: string | null;
  readonly createdAt: string;
  readonly attempts: readonly {
    readonly outcome: string;
    readonly status: number | null;
    readonly error: string | null;
    readonly answer: string | null;
  }[];
}

export async function createWebhook(
  admin: Caller,
  url: string,
  events: readonly string[] = ['*'],
): Promise<CreatedWebhook> {
  const response = await admin.post('/webhooks', { url, events });
  if (response.status !== 201) throw new Error(`POST /webhooks answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as CreatedWebhook;
}

export async function deliveriesOf(admin: Caller, webhookId: string, query = ''): Promise<LoggedDelivery[]> {
  const response = await admin.fetch(`/webhooks/${webhookId}/deliveries${query}`);
  return ((await response.json()) as { items: LoggedDelivery[] }).items;
}

/** The first delivery of a webhook, when it is as wanted. */
export function deliveryWhere(admin: Caller, webhookId: string, wanted: (delivery: LoggedDelivery) => boolean) {
  return eventually('a delivery in the wanted state', async () => (await deliveriesOf(admin, webhookId)).find(wanted));
}

/** `POST /webhooks/{id}/test` @returns the id of the delivery */
export async function ping(admin: Caller, webhookId: string): Promise<string> {
  const response = await admin.post(`/webhooks/${webhookId}/test`, {});
  if (response.status !== 202) throw new Error(`the test answered ${response.status}: ${await response.text()}`);
  return ((await response.json()) as { id: string }).id;
}

/** What only time would do: the next attempt of a delivery is due now. */
export async function makeDue(stage: Stage, deliveryId: string): Promise<void> {
  await stage.rows('update webhook_deliveries set next_attempt_at = now() where id = $1', [deliveryId]);
}

/** As a receiver does with the package. @throws Error when the signature is invalid */
export function verified({ body, headers }: ReceivedRequest, secret: string): unknown {
  return new Webhook(secret).verify(body, headers as Record<string, string>);
}

/** As a receiver does it by hand; the code of the documentation, in other words. */
export function signedByHand({ body, headers }: ReceivedRequest, secret: string): boolean {
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64');
  const text = (name: string): string => String(headers[name]);
  const expected = createHmac('sha256', key)
    .update(`${text('webhook-id')}.${text('webhook-timestamp')}.${body}`)
    .digest('base64');
  return text('webhook-signature').split(' ').includes(`v1,${expected}`);
}

export interface SignedMessage {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A message to us, signed as we sign ours. */
export function signedMessage(
  secret: string,
  value: unknown,
  { id = `msg_${randomUUID()}`, at = new Date() } = {},
): SignedMessage {
  const body = JSON.stringify(value);
  const headers = {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': new Webhook(secret).sign(id, at, body),
  };
  return { body, headers };
}

/** A server that may call loopback, and receivers that the test closes with it. */
export class WebhookScene {
  private readonly receivers: Receiver[] = [];

  private constructor(
    readonly stage: Stage,
    readonly server: Replica,
  ) {}

  static async open(env: Readonly<Record<string, string>> = {}): Promise<WebhookScene> {
    const stage = await Stage.open();
    const server = await stage.start({ EGRESS_ALLOW: '127.0.0.0/8', WEBHOOK_SECRET_KEY: 'k'.repeat(32), ...env });
    return new WebhookScene(stage, server);
  }

  get admin(): Caller {
    return this.server.developer;
  }

  async receiver(answer?: (response: ServerResponse) => void): Promise<Receiver> {
    const receiver = await Receiver.open();
    if (answer) receiver.answer = answer;
    this.receivers.push(receiver);
    return receiver;
  }

  /** A webhook for this receiver whose first attempt has been made. */
  async tried({ origin }: Receiver) {
    const webhook = await createWebhook(this.admin, `${origin}/hook`, ['run.failed']);
    const id = await ping(this.admin, webhook.id);
    const delivery = await deliveryWhere(this.admin, webhook.id, ({ attempts }) => attempts.length === 1);
    return { webhook, id, delivery };
  }

  patch(webhookId: string, change: object): Promise<Response> {
    return this.admin.fetch(`/webhooks/${webhookId}`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(change),
    });
  }

  /** Isolates tests: disables all webhooks of the previous one. */
  async quiet(): Promise<void> {
    await this.stage.rows(`update webhook_endpoints set state = 'disabled'`);
  }

  async close(): Promise<void> {
    await this.stage.close();
    await Promise.all(this.receivers.map((receiver) => receiver.close()));
  }
}

/** Answers with a status and some headers. */
export function answering(code: number, headers: Readonly<Record<string, string>> = {}) {
  return (response: ServerResponse): void => {
    response.writeHead(code, headers).end('no');
  };
}
