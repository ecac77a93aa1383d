import type { Webhook, WebhookEvent } from '@assent/contract';
import type { People } from '@assent/identity';
import { sql, type Sql } from '@assent/platform';

/**
 * `gone`: it responded with 410. `failing`: it failed for days without a success. `manual`: a person switched it off.
 */
export type DisabledReason = 'gone' | 'failing' | 'manual';

/** An endpoint without its secrets. */
export interface EndpointRecord {
  readonly id: string;
  readonly url: string;
  readonly events: (WebhookEvent | '*')[];
  readonly description: string | null;
  readonly state: 'enabled' | 'disabled';
  readonly disabledReason: DisabledReason | null;
  readonly failures: number;
  readonly failingSince: Date | null;
  readonly previousUntil: Date | null;
  /** For whom the callback key decides; null: there is no key. */
  readonly callbackActors: 'self' | 'mapped' | null;
  readonly callbackRoles: string[];
  /** The people behind the credential that created it, and behind the one that was shown the secret. */
  readonly madeBy: People;
  readonly secretBy: People;
  /** The people behind the credential that issued the callback key; null: there is no key, or an older version issued it. */
  readonly callbackBy: People | null;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/**
 * The key that decides for mapped people, if it is the one in force: a replica of the previous version that issues a key sets
 * `callback_secret`, and one that revokes the key clears `callback_issuer`.
 */
export const MAPPED_SECRET: Sql = sql`case when callback_secret is null and callback_issuer is not null then callback_mapped_secret end`;
export const MADE_BY: Sql = sql`coalesce(made_by, array[created_by])`;
export const SECRET_BY: Sql = sql`coalesce(secret_by, array[created_by])`;
export const CALLBACK_BY: Sql = sql`case when callback_by[1] = callback_issuer then callback_by when callback_issuer is not null then array[callback_issuer] end`;

export const ENDPOINT_COLUMNS: Sql = sql`id, url, events, description, state, disabled_reason as "disabledReason", failures,
  failing_since as "failingSince", case when previous_until > now() then previous_until end as "previousUntil",
  case when callback_secret is not null then 'self' when ${MAPPED_SECRET} is not null then 'mapped' end as "callbackActors",
  callback_roles as "callbackRoles", ${MADE_BY} as "madeBy", ${SECRET_BY} as "secretBy", ${CALLBACK_BY} as "callbackBy", created_by as "createdBy",
  created_at as "createdAt", updated_at as "updatedAt"`;

/** The wire form of an endpoint, without its secret. */
export function toWireEndpoint(record: EndpointRecord): Webhook {
  return {
    id: record.id,
    url: record.url,
    events: record.events,
    description: record.description,
    state: record.state,
    disabledReason: record.disabledReason,
    failures: record.failures,
    failingSince: record.failingSince?.toISOString() ?? null,
    previousSecretUntil: record.previousUntil?.toISOString() ?? null,
    callback: record.callbackActors && { roles: record.callbackRoles, actors: record.callbackActors },
    createdBy: record.createdBy,
    createdAt: record.createdAt.toISOString(),
    updatedAt: record.updatedAt.toISOString(),
  };
}
