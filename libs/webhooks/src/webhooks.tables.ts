import { instant, integer, text, uuid, table } from '@assent/platform';

/** The target of a tenant's events, and the secrets that sign them (webhook.secrets.ts describes their storage). */
export const WEBHOOK_ENDPOINTS = table(
  'webhook_endpoints',
  {
    id: uuid(),
    tenantId: text(),
    url: text(),
    events: text().array(),
    description: text().nullable(),
    state: text(),
    disabledReason: text().nullable(),
    secret: text(),
    previousSecret: text().nullable(),
    previousUntil: instant().nullable(),
    callbackSecret: text().nullable(),
    /**
     * A key for callbacks in the name of mapped people, in place of `callbackSecret`. A column of its own, so that a replica of
     * the previous version does not accept it as a key of the webhook.
     */
    callbackMappedSecret: text().nullable(),
    callbackRoles: text().array().default({}),
    /** The issuer of the key for callbacks. */
    callbackIssuer: text().nullable(),
    /**
     * The people behind the credential that created the webhook; null, as for the secrets below: written by an older
     * version.
     */
    madeBy: text().array().nullable(),
    /** The people behind the credential that was shown the secret: at creation, or at the last rotation. */
    secretBy: text().array().nullable(),
    previousSecretBy: text().array().nullable(),
    callbackBy: text().array().nullable(),
    failures: integer().default(0),
    failingSince: instant().nullable(),
    createdBy: text(),
    createdAt: instant(),
    updatedAt: instant(),
  },
  {
    primaryKey: ['id'],
    indexes: {
      webhook_endpoints_tenant: ['tenantId', 'id'],
    },
  },
);

/** One event: its id and the exact bytes that every endpoint receives. */
export const WEBHOOK_EVENTS = table(
  'webhook_events',
  {
    id: uuid(),
    tenantId: text(),
    type: text(),
    body: text(),
    createdAt: instant(),
  },
  {
    primaryKey: ['id'],
    indexes: {
      webhook_events_tenant: ['tenantId', 'createdAt'],
      webhook_events_age: ['createdAt'],
    },
  },
);

/** An event on its way to one endpoint; the queue of the senders. */
export const WEBHOOK_DELIVERIES = table(
  'webhook_deliveries',
  {
    id: uuid(),
    tenantId: text(),
    eventId: uuid(),
    endpointId: uuid(),
    state: text(),
    reason: text().nullable(),
    attempts: integer(),
    roundStart: integer(),
    lastStatus: integer().nullable(),
    /** Increases with each claim. Null: queued by the previous version, in `pgboss.job`. */
    fence: integer().nullable(),
    /** Expiry of the claim; null: no replica is sending the delivery. */
    leaseUntil: instant().nullable(),
    createdAt: instant(),
    nextAttemptAt: instant().nullable(),
    endedAt: instant().nullable(),
  },
  {
    primaryKey: ['id'],
    indexes: {
      webhook_deliveries_event: { on: ['eventId', 'endpointId'], unique: true },
      webhook_deliveries_endpoint: ['endpointId', 'createdAt', 'id'],
      webhook_deliveries_tenant: ['tenantId', 'createdAt', 'id'],
      webhook_deliveries_pending: { on: ['endpointId', 'nextAttemptAt'], where: `state = 'pending'` },
      webhook_deliveries_ended: { on: ['endedAt'], where: 'ended_at is not null' },
      webhook_deliveries_dead: { on: ['endedAt'], where: `state = 'dead'` },
    },
  },
);

/** One attempt of a delivery, and the response. */
export const WEBHOOK_ATTEMPTS = table(
  'webhook_attempts',
  {
    deliveryId: uuid(),
    number: integer(),
    tenantId: text(),
    at: instant(),
    durationMs: integer(),
    outcome: text(),
    status: integer().nullable(),
    error: text().nullable(),
    answer: text().nullable(),
  },
  {
    primaryKey: ['deliveryId', 'number'],
  },
);

/** An accepted callback; each id counts once. */
export const WEBHOOK_CALLBACKS = table(
  'webhook_callbacks',
  {
    endpointId: uuid(),
    messageId: text(),
    tenantId: text(),
    approvalId: uuid(),
    /** Id of the request that recorded it; the same message on another replica has a different one. */
    receipt: uuid(),
    createdAt: instant(),
  },
  {
    primaryKey: ['endpointId', 'messageId'],
    indexes: {
      webhook_callbacks_age: ['createdAt'],
    },
  },
);
