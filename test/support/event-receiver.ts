import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { eventually } from './eventually';
import { RECEIVER_CERTIFICATE, Receiver, type ReceivedRequest } from './receiver';
import { answering, verified } from './webhooks';

export type Json = Readonly<Record<string, unknown>>;

const DECIDED = 'approval.decided';

/** Settings of a server that delivers to receivers on loopback. */
export const EVENT_SETTINGS = {
  EGRESS_ALLOW: '127.0.0.0/8',
  WEBHOOK_SECRET_KEY: 'k'.repeat(32),
  NODE_EXTRA_CA_CERTS: RECEIVER_CERTIFICATE,
};

export const newSecret = (): string => `whsec_${randomBytes(32).toString('base64')}`;

/** A receiver that agrees to get events, and what it got besides. */
export class EventReceiver {
  readonly secret = newSecret();
  /** How it answers to everything but the challenge. */
  answer: (response: ServerResponse) => void = answering(204);

  private constructor(private readonly receiver: Receiver) {}

  static async open(): Promise<EventReceiver> {
    const callback = new EventReceiver(await Receiver.open('https'));
    callback.receiver.answer = (response) => {
      const { challenge } = JSON.parse(callback.receiver.requests.at(-1)?.body ?? '{}') as { challenge?: string };
      if (challenge === undefined) callback.answer(response);
      else response.end(JSON.stringify({ challenge }));
    };
    return callback;
  }

  get url(): string {
    return `${this.receiver.origin}/events`;
  }

  get challenges(): readonly ReceivedRequest[] {
    return this.receiver.requests.filter(({ body }) => body.includes('"verification"'));
  }

  get messages(): readonly ReceivedRequest[] {
    return this.receiver.requests.filter(({ body }) => !body.includes('"verification"'));
  }

  get bodies(): readonly Json[] {
    return this.messages.map(({ body }) => JSON.parse(body) as Json);
  }

  /** @returns the message of that position, when it is there */
  message(index: number): Promise<Json> {
    return eventually(`message ${index + 1} arrives`, () => this.bodies[index]);
  }

  /** Checks the signature of a message. */
  verify(index: number, secret = this.secret): void {
    const message = this.messages[index];
    if (!message) throw new Error(`message ${index + 1} has not arrived`);
    verified(message, secret);
  }

  /** Of `events/subscribe`. */
  params(more: Json = {}): Json {
    return { name: DECIDED, delivery: { mode: 'webhook', url: this.url, secret: this.secret }, ...more };
  }

  close(): Promise<void> {
    return this.receiver.close();
  }
}
