import { Injectable } from '@nestjs/common';
import {
  AssentError,
  DEFAULT_PAGE,
  pageOf,
  type MethodParams,
  type Principal,
  type Webhook,
  type WebhookWithSecret,
} from '@assent/contract';
import { newId } from '@assent/platform';
import { areOnePerson, peopleBehind, requireAdmin, requireKeyMaker } from '@assent/identity';
import { DeliveryQueue } from './delivery.queue';
import { toWireEndpoint, type EndpointRecord } from './endpoint.record';
import { EndpointRepository, type CallbackKey, type EndpointChange } from './endpoint.repository';
import { WebhookEgress } from './webhook.egress';
import { WebhookSecrets, newWebhookSecret } from './webhook.secrets';

/** Limit per tenant: each published event writes one row per endpoint. */
const ENDPOINTS_MAX = 50;
const DAY_SECONDS = 86_400;

/** Webhook endpoints of a tenant: their URLs, events and secrets. */
@Injectable()
export class EndpointService {
  constructor(
    private readonly endpoints: EndpointRepository,
    private readonly queue: DeliveryQueue,
    private readonly secrets: WebhookSecrets,
    private readonly egress: WebhookEgress,
  ) {}

  /** @throws AssentError invalid, forbidden (the target of the URL), conflict (too many) */
  async create(principal: Principal, webhook: MethodParams<'webhook/create'>): Promise<WebhookWithSecret> {
    const { tenantId, subject } = principal;
    const url = await this.vetted(webhook.url);
    const id = newId();
    const secret = newWebhookSecret();
    const { events, description = null } = webhook;
    const shown = { sealed: this.secrets.seal(secret, id), to: peopleBehind(principal) };
    const stored = { id, url, events, description, secret: shown };
    const detail = { host: new URL(url).host, events };
    const note = { actor: subject, action: 'webhook.create' as const, detail };
    const created = await this.endpoints.insert(tenantId, stored, ENDPOINTS_MAX, note);
    if (!created) {
      throw new AssentError('conflict', `There are ${ENDPOINTS_MAX} webhooks already. Delete one that is not used.`);
    }
    return { ...toWireEndpoint(created), secret };
  }

  async list({ tenantId }: Principal, cursor: string | null, limit = DEFAULT_PAGE) {
    const records = await this.endpoints.list(tenantId, cursor, limit);
    return pageOf(records, limit, toWireEndpoint, ({ id }) => id);
  }

  /** @throws AssentError not_found */
  async get({ tenantId }: Principal, id: string): Promise<Webhook> {
    return toWireEndpoint(known(await this.endpoints.find(tenantId, id), id));
  }

  /**
   * Disabling it turns its pending deliveries into dead letters; `redeliver` and `replay` bring them back.
   * @throws as `create`, not_found
   */
  async change({ tenantId, subject }: Principal, id: string, change: EndpointChange): Promise<Webhook> {
    const url = change.url === undefined ? undefined : await this.vetted(change.url);
    const { enabled, events, description } = change;
    const detail = {
      ...(url === undefined ? {} : { host: new URL(url).host }),
      ...(events === undefined ? {} : { events }),
      ...(enabled === undefined ? {} : { enabled }),
      ...(description === undefined ? {} : { description: 'changed' }),
    };
    const note = { actor: subject, action: 'webhook.change' as const, detail };
    const changed = known(await this.endpoints.update(tenantId, id, { ...change, url }, note), id);
    if (changed.state === 'disabled') await this.queue.endDisabled();
    return toWireEndpoint(changed);
  }

  /** @throws AssentError not_found */
  async remove({ tenantId, subject }: Principal, id: string): Promise<void> {
    known(await this.endpoints.remove(tenantId, id, { actor: subject, action: 'webhook.delete', detail: {} }), id);
  }

  /**
   * Replaces the secret; the previous one continues to sign for a while.
   * @throws AssentError not_found; forbidden (the principal issued the key for callbacks in the name of mapped people); in_flight
   */
  async rotate(principal: Principal, id: string, overlapSeconds = DAY_SECONDS): Promise<WebhookWithSecret> {
    const { tenantId, subject } = principal;
    const read = known(await this.endpoints.find(tenantId, id), id);
    if (read.callbackActors === 'mapped' && read.callbackBy && areOnePerson(peopleBehind(principal), read.callbackBy)) {
      throw new AssentError(
        'forbidden',
        `"${subject}" issued the callback key of webhook ${id}, which decides for others, and cannot know its secret too. Let somebody else rotate it, or revoke that key first.`,
      );
    }
    const secret = newWebhookSecret();
    const note = { actor: subject, action: 'webhook.rotate' as const, detail: { overlapSeconds } };
    const shown = { sealed: this.secrets.seal(secret, id), to: peopleBehind(principal) };
    const rotated = await this.endpoints.rotate(tenantId, read, shown, overlapSeconds, note);
    return { ...toWireEndpoint(unchanged(rotated, id)), secret };
  }

  /**
   * Issues a key whose holder decides approvals by callback, with these roles: as `webhook:<id>`, or for mapped people.
   * @throws AssentError not_found; forbidden (roles that the principal does not have itself; a session; `mapped` without the
   * role admin, or by a person who knows the secret of the webhook); in_flight
   */
  async issueKey(
    principal: Principal,
    id: string,
    { roles = [], actors = 'self' }: { readonly roles?: readonly string[]; readonly actors?: CallbackKey['actors'] },
  ): Promise<WebhookWithSecret> {
    requireKeyMaker(principal);
    const { tenantId, subject, roles: own } = principal;
    const foreign = roles.filter((role) => !own.has(role));
    if (foreign.length > 0) {
      throw new AssentError('forbidden', `"${subject}" lacks the roles ${foreign.join(', ')} and cannot grant them.`);
    }
    if (actors === 'mapped') requireAdmin(principal);
    const read = known(await this.endpoints.find(tenantId, id), id);
    if (actors === 'mapped') requireOtherThanMaker(principal, read);
    const secret = newWebhookSecret();
    const note = { actor: subject, action: 'webhook.grant' as const, detail: { roles, actors } };
    const shown = { sealed: this.secrets.seal(secret, id), to: peopleBehind(principal) };
    const granted = await this.endpoints.grant(tenantId, read, { secret: shown, roles, actors }, note);
    return { ...toWireEndpoint(unchanged(granted, id)), secret };
  }

  /** @throws AssentError not_found */
  async revokeKey({ tenantId, subject }: Principal, id: string): Promise<void> {
    known(await this.endpoints.revoke(tenantId, id, { actor: subject, action: 'webhook.revoke', detail: {} }), id);
  }

  private async vetted(url: string): Promise<string> {
    try {
      return (await this.egress.client.vet(url)).href;
    } catch (thrown) {
      if (!(thrown instanceof AssentError)) throw thrown;
      throw new AssentError(thrown.reason, thrown.message, { ...thrown.details, pointer: '/url' });
    }
  }
}

/**
 * A key for many people takes two people: one knows the secret of the webhook, the other issues the key.
 * @throws AssentError forbidden
 */
function requireOtherThanMaker(principal: Principal, { id, madeBy, secretBy }: EndpointRecord): void {
  const people = peopleBehind(principal);
  if (!areOnePerson(people, madeBy) && !areOnePerson(people, secretBy)) return;
  throw new AssentError(
    'forbidden',
    `"${principal.subject}" created webhook ${id} or rotated its secret, and cannot issue the key with which it decides for others. Ask another admin of the tenant.`,
  );
}

/** @throws AssentError in_flight */
function unchanged(record: EndpointRecord | undefined, id: string): EndpointRecord {
  if (record) return record;
  throw new AssentError('in_flight', `Webhook ${id} was changed by somebody else at the same time: try again.`);
}

/** @throws AssentError not_found, also for an id of another tenant */
export function known(record: EndpointRecord | undefined, id: string): EndpointRecord {
  if (record) return record;
  throw new AssentError('not_found', `There is no webhook ${id}. List them with GET /webhooks.`);
}
