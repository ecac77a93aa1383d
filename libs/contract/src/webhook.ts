import { Type, type Static } from '@sinclair/typebox';
import type { FrameType } from './frame';
import { Timestamp, Uuid, literals, nullable } from './schema';

/** Frames that are published to webhooks: the event has the type and the body of the frame. */
export const WEBHOOK_FRAMES = [
  'approval.requested',
  'approval.decided',
  'approval.expired',
  'approval.voided',
  'diff.applied',
  'diff.stale',
  'run.completed',
  'run.failed',
  'run.cancelled',
] as const satisfies readonly FrameType[];

/** Every event an endpoint can ask for. Events are added, never renamed. */
export const WEBHOOK_EVENTS = [...WEBHOOK_FRAMES, 'approval.questioned', 'memory.drift'] as const;

export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];

/** All events, now and later. */
export const EVERY_EVENT = '*';
const EVENT_FILTER = [...WEBHOOK_EVENTS, EVERY_EVENT] as const;
export const EventFilterSchema = Type.Array(literals(EVENT_FILTER), {
  minItems: 1,
  maxItems: EVENT_FILTER.length,
  uniqueItems: true,
});

/** For whom a callback key decides. */
export const CALLBACK_ACTORS = ['self', 'mapped'] as const;

export const DELIVERY_STATES = ['pending', 'delivered', 'dead'] as const;

/** A webhook without its secrets. */
export const WebhookSchema = Type.Object({
  id: Uuid,
  url: Type.String(),
  events: Type.Array(Type.String()),
  description: nullable(Type.String()),
  state: literals(['enabled', 'disabled']),
  disabledReason: nullable(
    literals(
      ['gone', 'failing', 'manual'],
      'gone: it answered 410; failing: nothing but failures for days; manual: switched off by a user',
    ),
  ),
  failures: Type.Integer({ description: 'Failed attempts since the last delivery' }),
  failingSince: nullable(Timestamp),
  previousSecretUntil: nullable(
    Type.String({
      format: 'date-time',
      description: 'Until then deliveries are also signed with the secret before the rotation',
    }),
  ),
  callback: nullable(
    Type.Object(
      {
        roles: Type.Array(Type.String()),
        actors: literals(
          CALLBACK_ACTORS,
          'self: it decides as webhook:<id>; mapped: for the subjects of mapped accounts',
        ),
      },
      { description: 'A callback key was issued; it decides with these roles' },
    ),
  ),
  createdBy: Type.String(),
  createdAt: Timestamp,
  updatedAt: Timestamp,
});
export type Webhook = Static<typeof WebhookSchema>;

export const WebhookWithSecretSchema = Type.Object({
  ...WebhookSchema.properties,
  secret: Type.String({ description: 'In this answer only' }),
});
export type WebhookWithSecret = Static<typeof WebhookWithSecretSchema>;

/** One event for one webhook, with every attempt to deliver it. */
export const DeliverySchema = Type.Object({
  id: Uuid,
  webhookId: Uuid,
  messageId: Type.String({ description: 'The webhook-id that the receiver sees, the same at every attempt' }),
  type: Type.String(),
  state: literals(DELIVERY_STATES),
  reason: nullable(Type.String({ description: 'Why it is dead: exhausted, gone, disabled' })),
  attempts: Type.Array(
    Type.Object({
      number: Type.Integer(),
      at: Type.String(),
      durationMs: Type.Number(),
      outcome: literals(['delivered', 'failed']),
      status: nullable(Type.Integer()),
      error: nullable(Type.String()),
      answer: nullable(Type.String()),
    }),
  ),
  lastStatus: nullable(Type.Integer()),
  createdAt: Timestamp,
  nextAttemptAt: nullable(Timestamp),
  endedAt: nullable(Timestamp),
});
export type Delivery = Static<typeof DeliverySchema>;

/** A delivery with what is sent. */
export const SentDeliverySchema = Type.Object({
  ...DeliverySchema.properties,
  body: Type.String({ description: 'The exact bytes, as text; the same at every attempt' }),
  headers: Type.Record(Type.String(), Type.String(), {
    description:
      'The same at every attempt; webhook-timestamp and webhook-signature are made anew for each and not kept',
  }),
});
export type SentDelivery = Static<typeof SentDeliverySchema>;
