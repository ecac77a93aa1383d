import type { Delivery } from '@assent/contract';
import { readTraceparent } from '@assent/platform';

/** A delivery in the log. */
export interface DeliveryRecord {
  readonly id: string;
  readonly endpointId: string;
  readonly eventId: string;
  readonly type: string;
  readonly state: 'pending' | 'delivered' | 'dead';
  /** The reason of a dead letter: `exhausted`, `gone`, `disabled`. */
  readonly reason: string | null;
  readonly attempts: number;
  readonly lastStatus: number | null;
  readonly createdAt: Date;
  readonly nextAttemptAt: Date | null;
  readonly endedAt: Date | null;
  readonly log: readonly AttemptRecord[];
}

/** One attempt, as the log keeps it. */
export interface AttemptRecord {
  readonly number: number;
  readonly at: string;
  readonly durationMs: number;
  readonly outcome: 'delivered' | 'failed';
  readonly status: number | null;
  readonly error: string | null;
  readonly answer: string | null;
}

/** A claimed delivery with everything that its attempt needs. */
export interface ClaimedDelivery {
  readonly id: string;
  /** Increases with each claim: a sender with an older value has lost the delivery. */
  readonly fence: number;
  readonly roundAttempts: number;
  readonly eventId: string;
  readonly type: string;
  readonly body: string;
  readonly endpointId: string;
  readonly url: string;
  /** In its stored form (webhook.secrets.ts). */
  readonly secret: string;
  readonly previousSecret: string | null;
}

/** The distributed trace of the event's run; null: the event has no run. */
export function traceparentOf(body: string): string | null {
  const { data } = JSON.parse(body) as { data?: { traceparent?: unknown } };
  return readTraceparent(data?.traceparent);
}

/** The id of an event as the receiver sees it. */
export function messageIdOf(eventId: string): string {
  return `msg_${eventId}`;
}

/** Headers that are the same at every attempt. */
export function fixedHeaders(messageId: string): (readonly [name: string, value: string])[] {
  return [
    ['content-type', 'application/json'],
    ['user-agent', 'assent-webhooks/1'],
    ['webhook-id', messageId],
  ];
}

/** The wire form of a delivery. */
export function toWireDelivery(record: DeliveryRecord): Delivery {
  return {
    id: record.id,
    webhookId: record.endpointId,
    messageId: messageIdOf(record.eventId),
    type: record.type,
    state: record.state,
    reason: record.reason,
    attempts: [...record.log],
    lastStatus: record.lastStatus,
    createdAt: record.createdAt.toISOString(),
    nextAttemptAt: record.state === 'pending' ? (record.nextAttemptAt?.toISOString() ?? null) : null,
    endedAt: record.endedAt?.toISOString() ?? null,
  };
}
