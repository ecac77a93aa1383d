import { Type } from '@sinclair/typebox';
import { Cursor, PageLimit, Uuid, boundedInteger, closed, literals, nullable, page } from '../schema';
import { STORY } from '../story';
import {
  CALLBACK_ACTORS,
  DELIVERY_STATES,
  DeliverySchema,
  EventFilterSchema,
  SentDeliverySchema,
  WebhookSchema,
  WebhookWithSecretSchema,
} from '../webhook';
import type { MethodRow } from './method.row';

const Url = Type.String({ maxLength: 2_048 });
const Description = Type.Optional(nullable(Type.String({ maxLength: 256 })));
const Time = Type.String({ format: 'date-time' });
const ROLES_MAX = 16;
/** A week: a secret that may have leaked must not sign for longer. */
const OVERLAP_MAX_SECONDS = 604_800;
const WebhookId = closed({ webhookId: Uuid });
/** Results of operations that only remove something. */
const Nothing = Type.Object({});

const webhook = {
  id: STORY.webhookId,
  url: 'https://hooks.example.com/assent',
  events: ['approval.requested', 'run.failed'],
  description: 'On call',
  state: 'enabled',
  disabledReason: null,
  failures: 0,
  failingSince: null,
  previousSecretUntil: null,
  callback: null,
  createdBy: 'developer',
  createdAt: STORY.startedAt,
  updatedAt: STORY.startedAt,
};
const secret = 'whsec_ZXhhbXBsZS1vbmx5LXRoaXMtc2lnbnMtbm90aGluZw==';
const id = { webhookId: STORY.webhookId };
const queued = {
  id: STORY.deliveryId,
  webhookId: STORY.webhookId,
  messageId: `msg_${STORY.deliveryId}`,
  type: 'webhook.test',
  state: 'pending',
  reason: null,
  attempts: [],
  lastStatus: null,
  createdAt: STORY.askedAt,
  nextAttemptAt: STORY.askedAt,
  endedAt: null,
};
const delivered = {
  ...queued,
  type: 'approval.requested',
  state: 'delivered',
  attempts: [
    {
      number: 1,
      at: STORY.askedAt,
      durationMs: 41,
      outcome: 'delivered',
      status: 204,
      error: null,
      answer: null,
    },
  ],
  lastStatus: 204,
  nextAttemptAt: null,
  endedAt: STORY.askedAt,
};

/** Signed messages to other systems, and the keys with which these decide. */
export const WEBHOOK_METHODS = {
  'webhook/create': {
    summary: 'A new webhook; its secret is in this answer and in no other',
    params: closed({ url: Url, events: EventFilterSchema, description: Description }),
    result: WebhookWithSecretSchema,
    scope: 'webhook:admin',
    errors: ['forbidden', 'conflict'],
    rest: {
      verb: 'POST',
      path: '/webhooks',
      operationId: 'WebhookController_create',
      status: 201,
      shallowPointers: true,
    },
    example: {
      params: { url: webhook.url, events: webhook.events, description: webhook.description },
      result: { ...webhook, secret },
    },
  },
  'webhook/list': {
    summary: 'Webhooks, oldest first',
    params: closed({ cursor: Type.Optional(Uuid), limit: Type.Optional(PageLimit) }),
    result: page(WebhookSchema),
    scope: 'webhook:admin',
    errors: [],
    rest: { verb: 'GET', path: '/webhooks', operationId: 'WebhookController_list' },
    example: { params: { cursor: STORY.webhookId, limit: 20 }, result: { items: [webhook], cursor: null } },
  },
  'webhook/get': {
    summary: 'One webhook',
    params: WebhookId,
    result: WebhookSchema,
    scope: 'webhook:admin',
    errors: ['not_found'],
    rest: { verb: 'GET', path: '/webhooks/{id}', id: 'webhookId', operationId: 'WebhookController_get' },
    example: { params: id, result: webhook },
  },
  'webhook/change': {
    summary: 'Another address, other events; switch it on or off',
    params: closed({
      webhookId: Uuid,
      url: Type.Optional(Url),
      events: Type.Optional(EventFilterSchema),
      description: Description,
      enabled: Type.Optional(Type.Boolean()),
    }),
    result: WebhookSchema,
    scope: 'webhook:admin',
    errors: ['not_found', 'forbidden'],
    rest: {
      verb: 'PATCH',
      path: '/webhooks/{id}',
      id: 'webhookId',
      operationId: 'WebhookController_change',
      shallowPointers: true,
    },
    example: {
      params: { ...id, description: 'On call, Europe' },
      result: { ...webhook, description: 'On call, Europe' },
    },
  },
  'webhook/delete': {
    summary: 'Delete it, with its deliveries',
    params: WebhookId,
    result: Nothing,
    scope: 'webhook:admin',
    errors: ['not_found'],
    rest: {
      verb: 'DELETE',
      path: '/webhooks/{id}',
      id: 'webhookId',
      operationId: 'WebhookController_remove',
      status: 204,
    },
    example: { params: id, result: {} },
  },
  'webhook/rotate_secret': {
    summary: 'A new secret; the old one signs beside it for overlapSeconds (default: a day)',
    params: closed({
      webhookId: Uuid,
      overlapSeconds: Type.Optional(boundedInteger({ maximum: OVERLAP_MAX_SECONDS, default: 86_400 })),
    }),
    result: WebhookWithSecretSchema,
    scope: 'webhook:admin',
    errors: ['not_found'],
    rest: {
      verb: 'POST',
      path: '/webhooks/{id}/rotate-secret',
      id: 'webhookId',
      operationId: 'WebhookController_rotate',
    },
    example: {
      params: { ...id, overlapSeconds: 86_400 },
      result: { ...webhook, previousSecretUntil: STORY.expiresAt, secret },
    },
  },
  'webhook/callback_key/issue': {
    summary: 'A key whose holder decides approvals by callback, as webhook:<id> or for mapped accounts',
    params: closed({
      webhookId: Uuid,
      roles: Type.Optional(
        Type.Array(Type.String({ maxLength: 128 }), {
          maxItems: ROLES_MAX,
          description: 'Roles that a callback decides with; only roles of the caller',
        }),
      ),
      actors: Type.Optional({
        ...literals(CALLBACK_ACTORS, 'mapped: needs the role admin, and another person than the one with the secret'),
        default: 'self',
      }),
    }),
    result: WebhookWithSecretSchema,
    scope: 'approval:decide',
    errors: ['not_found', 'forbidden'],
    rest: {
      verb: 'POST',
      path: '/webhooks/{id}/callback-key',
      id: 'webhookId',
      operationId: 'WebhookController_issueKey',
      shallowPointers: true,
    },
    example: {
      params: { ...id, roles: [], actors: 'self' },
      result: { ...webhook, callback: { roles: [], actors: 'self' }, secret },
    },
  },
  'webhook/callback_key/revoke': {
    summary: 'Take the key for callbacks back',
    params: WebhookId,
    result: Nothing,
    scope: 'approval:decide',
    errors: ['not_found'],
    rest: {
      verb: 'DELETE',
      path: '/webhooks/{id}/callback-key',
      id: 'webhookId',
      operationId: 'WebhookController_revokeKey',
      status: 204,
    },
    example: { params: id, result: {} },
  },
  'webhook/test': {
    summary: 'Send it an event webhook.test; the deliveries say what came of it',
    params: WebhookId,
    result: DeliverySchema,
    scope: 'webhook:admin',
    errors: ['not_found', 'conflict'],
    rest: {
      verb: 'POST',
      path: '/webhooks/{id}/test',
      id: 'webhookId',
      operationId: 'WebhookController_test',
      status: 202,
    },
    example: { params: id, result: queued },
  },
  'webhook/replay': {
    summary: 'Send the events of a time once more, those that it never got included',
    params: closed({
      webhookId: Uuid,
      from: Time,
      to: { ...Time, description: 'Not included' },
      events: Type.Optional({ ...EventFilterSchema, uniqueItems: false }),
      dryRun: Type.Optional(Type.Boolean({ description: 'true: only count all of them; nothing is queued' })),
    }),
    result: Type.Object({
      queued: Type.Integer({ description: 'With dryRun: as many as there are' }),
      next: nullable(Type.String({ description: 'Pass as `from` to go on; null: all events are queued' })),
    }),
    scope: 'webhook:admin',
    errors: ['not_found', 'conflict'],
    rest: {
      verb: 'POST',
      path: '/webhooks/{id}/replay',
      id: 'webhookId',
      operationId: 'WebhookController_replay',
      status: 202,
      shallowPointers: true,
    },
    example: {
      params: { ...id, from: STORY.startedAt, to: STORY.decidedAt, events: ['approval.requested'], dryRun: false },
      result: { queued: 1, next: null },
    },
  },
  'webhook/delivery/list': {
    summary: 'Deliveries of one webhook or of all, with every attempt and what was answered, newest first',
    params: closed({
      webhookId: Type.Optional(Uuid),
      state: Type.Optional(literals(DELIVERY_STATES)),
      type: Type.Optional(Type.String({ maxLength: 128, description: 'Of the event' })),
      from: Type.Optional({ ...Time, description: 'Queued at this time or later' }),
      to: Type.Optional({ ...Time, description: 'Queued before this time' }),
      cursor: Type.Optional(Cursor),
      limit: Type.Optional(PageLimit),
    }),
    result: page(DeliverySchema),
    scope: 'webhook:admin',
    errors: ['not_found'],
    rest: [
      {
        verb: 'GET',
        path: '/webhooks/{id}/deliveries',
        id: 'webhookId',
        operationId: 'WebhookController_listDeliveries',
        summary: 'Deliveries with every attempt and what was answered, newest first',
      },
      {
        verb: 'GET',
        path: '/webhook-deliveries',
        operationId: 'listDeliveries',
        tag: 'webhooks',
        summary: 'Deliveries of all webhooks, newest first',
      },
    ],
    example: {
      params: {
        ...id,
        state: 'dead',
        type: 'approval.requested',
        from: STORY.startedAt,
        to: STORY.expiresAt,
        cursor: `${STORY.askedAt}_${STORY.deliveryId}`,
        limit: 20,
      },
      result: { items: [delivered], cursor: null },
    },
  },
  'webhook/delivery/get': {
    summary: 'One delivery with the body and the headers that are sent',
    params: closed({ deliveryId: Uuid }),
    result: SentDeliverySchema,
    scope: 'webhook:admin',
    errors: ['not_found'],
    rest: {
      verb: 'GET',
      path: '/webhook-deliveries/{id}',
      id: 'deliveryId',
      operationId: 'getDelivery',
      tag: 'webhooks',
    },
    example: {
      params: { deliveryId: STORY.deliveryId },
      result: {
        ...delivered,
        body: JSON.stringify({ type: 'approval.requested', timestamp: STORY.askedAt, data: { runId: STORY.runId } }),
        headers: { 'content-type': 'application/json', 'webhook-id': delivered.messageId },
      },
    },
  },
  'webhook/delivery/redeliver': {
    summary: 'Send one delivery once more: the same id, the same bytes',
    params: closed({ deliveryId: Uuid }),
    result: DeliverySchema,
    scope: 'webhook:admin',
    errors: ['not_found', 'conflict'],
    rest: {
      verb: 'POST',
      path: '/webhook-deliveries/{id}/redeliver',
      id: 'deliveryId',
      operationId: 'WebhookController_redeliver',
      tag: 'webhooks',
      status: 202,
    },
    example: { params: { deliveryId: STORY.deliveryId }, result: queued },
  },
} as const satisfies Record<string, MethodRow>;
