import { Injectable } from '@nestjs/common';
import {
  AssentError,
  DEFAULT_PAGE,
  type Delivery,
  type MethodParams,
  type Principal,
  type SentDelivery,
  invalidCursor,
  pageOf,
} from '@assent/contract';
import { OutboxSignal } from '@assent/outbox';
import { fixedHeaders, toWireDelivery } from './delivery.record';
import { DeliveryRepository, type DeliveryFilter } from './delivery.repository';
import type { EndpointRecord } from './endpoint.record';
import { EndpointRepository } from './endpoint.repository';
import { known } from './endpoint.service';

/** Events per replay; more take further calls, each in its own transaction. */
const REPLAY_MAX = 1_000;
const CURSOR = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)_([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})$/;

/** The log of deliveries, and its operations: test, redeliver, replay. */
@Injectable()
export class DeliveryService {
  constructor(
    private readonly endpoints: EndpointRepository,
    private readonly deliveries: DeliveryRepository,
    private readonly signal: OutboxSignal,
  ) {}

  /** Newest first, of one webhook or of all. @throws AssentError not_found, invalid (cursor) */
  async list({ tenantId }: Principal, query: MethodParams<'webhook/delivery/list'>) {
    const { webhookId, state = null, type = null, limit = DEFAULT_PAGE } = query;
    if (webhookId !== undefined) known(await this.endpoints.find(tenantId, webhookId), webhookId);
    const [from = null, to = null] = [query.from, query.to].map((time) => (time === undefined ? null : new Date(time)));
    const before = readCursor(query.cursor);
    const filter = { endpointId: webhookId ?? null, state, type, from, to, before, limit };
    const records = await this.deliveries.list(tenantId, filter);
    return pageOf(records, limit, toWireDelivery, ({ createdAt, id }) => `${createdAt.toISOString()}_${id}`);
  }

  /** A delivery with the body that is sent. @throws AssentError not_found */
  async sent(principal: Principal, id: string): Promise<SentDelivery> {
    const delivery = await this.get(principal, id);
    const body = await this.deliveries.body(principal.tenantId, id);
    if (body === undefined) throw deliveryNotFound(id);
    return { ...delivery, body, headers: Object.fromEntries(fixedHeaders(delivery.messageId)) };
  }

  /**
   * Sends a `webhook.test` event to this endpoint only.
   * @throws AssentError not_found, conflict (disabled)
   */
  async test(principal: Principal, webhookId: string): Promise<Delivery> {
    await this.enabled(principal, webhookId);
    const id = await this.deliveries.test(principal.tenantId, webhookId);
    if (id === undefined) throw disabled(webhookId);
    this.signal.raise();
    return this.get(principal, id);
  }

  /**
   * Sends the same id and bytes again, from the start of the schedule.
   * @throws AssentError not_found, conflict (disabled)
   */
  async redeliver(principal: Principal, id: string): Promise<Delivery> {
    const { webhookId } = await this.get(principal, id);
    if (!(await this.deliveries.redeliver(principal.tenantId, id))) throw disabled(webhookId);
    this.signal.raise();
    return this.get(principal, id);
  }

  /**
   * Queues the events of a period again, or only counts them.
   * @returns how many, and where to continue if there are more
   * @throws AssentError not_found, conflict (disabled), invalid (an empty period)
   */
  async replay(
    principal: Principal,
    webhookId: string,
    query: Omit<MethodParams<'webhook/replay'>, 'webhookId'>,
  ): Promise<{ queued: number; next: string | null }> {
    const from = new Date(query.from);
    const to = new Date(query.to);
    if (!(from < to))
      throw new AssentError('invalid', 'The period is empty: from is not before to. Correct them.', { pointer: '/to' });
    await this.enabled(principal, webhookId);
    const range = { from, to, events: query.events ?? null };
    if (query.dryRun)
      return { queued: await this.deliveries.countReplay(principal.tenantId, webhookId, range), next: null };
    const limited = { ...range, limit: REPLAY_MAX };
    const { queued, last } = await this.deliveries.replay(principal.tenantId, webhookId, limited);
    this.signal.raise();
    // Events of the last millisecond may be sent again: receivers recognise them by their id.
    return { queued, next: queued === REPLAY_MAX && last ? last.toISOString() : null };
  }

  private async get({ tenantId }: Principal, id: string): Promise<Delivery> {
    const record = await this.deliveries.find(tenantId, id);
    if (record) return toWireDelivery(record);
    throw deliveryNotFound(id);
  }

  private async enabled({ tenantId }: Principal, webhookId: string): Promise<EndpointRecord> {
    const endpoint = known(await this.endpoints.find(tenantId, webhookId), webhookId);
    if (endpoint.state === 'disabled') throw disabled(webhookId);
    return endpoint;
  }
}

function deliveryNotFound(id: string): AssentError {
  return new AssentError(
    'not_found',
    `There is no delivery ${id}. List them with GET /webhook-deliveries. Old ones are deleted.`,
  );
}

function disabled(webhookId: string): AssentError {
  return new AssentError(
    'conflict',
    `Webhook ${webhookId} is disabled: switch it on with PATCH {"enabled": true} first.`,
  );
}

function readCursor(cursor: string | undefined): DeliveryFilter['before'] {
  if (cursor === undefined) return null;
  const [, at, id] = CURSOR.exec(cursor) ?? [];
  if (at !== undefined && id !== undefined && Number.isFinite(Date.parse(at))) return { at: new Date(at), id };
  throw invalidCursor();
}
