import { boolean, instant, integer, table, text, uuid, type RowOf } from '@assent/platform';

/** A subscription of an MCP client to events, which are posted to its URL until it expires. */
export const EVENT_SUBSCRIPTIONS = table(
  'event_subscriptions',
  {
    tenantId: text(),
    /** Derived from its owner, URL, event and arguments, so that a subscriber needs no id to renew it. */
    id: text(),
    subject: text(),
    name: text(),
    /** Canonical JSON. */
    arguments: text(),
    /** The run among the arguments. */
    runId: uuid().nullable(),
    url: text(),
    /** Stored like the secrets of webhooks, bound to the id. */
    secret: text(),
    previousSecret: text().nullable(),
    previousUntil: instant().nullable(),
    /** The credential that subscribed, or renewed, last: events are delivered with its remaining rights. */
    credential: text(),
    scopes: text().array(),
    credentialExpiresAt: instant().nullable(),
    /** Everything up to it was delivered, or given up. */
    position: integer(),
    /** Older events are not delivered. */
    notBefore: instant().nullable(),
    /** False after repeated failures, until the subscription is renewed. */
    isActive: boolean(),
    /** Failed attempts of the event after `position`. */
    attempts: integer(),
    nextAttemptAt: instant(),
    /** Increases with each claim. */
    fence: integer(),
    leaseUntil: instant().nullable(),
    lastError: text().nullable(),
    failingSince: instant().nullable(),
    lastDeliveryAt: instant().nullable(),
    createdAt: instant(),
    expiresAt: instant(),
  },
  {
    primaryKey: ['tenantId', 'id'],
    indexes: { event_subscriptions_expiry: ['expiresAt'] },
  },
);

export type EventSubscriptionRow = RowOf<typeof EVENT_SUBSCRIPTIONS>;
