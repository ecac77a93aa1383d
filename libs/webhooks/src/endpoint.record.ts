import type { Webhook, WebhookEvent } from '@assent/contract';
import { sql, type Sql } from '@assent/platform';

/** `gone`: it answered 410. `failing`: it failed for days without a success. `manual`: a person switched it off. */
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
  readonly mayDecide: boolean;
  readonly callbackRoles: string[];
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export const ENDPOINT_COLUMNS: Sql = sql`id, url, events, description, state, disabled_reason as "disabledReason", failures,
  failing_since as "failingSince", case when previous_until > now() then previous_until end as "previousUntil",
  callback_secret is not null as "mayDecide", callback_roles as "callbackRoles", created_by as "createdBy",
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
    callback: record.mayDecide ? { roles: record.callbackRoles } : null,
    createdBy: record.createdBy,
    createdAt: record.createdAt.toISOString(),
    updatedAt: record.updatedAt.toISOString(),
  };
}
