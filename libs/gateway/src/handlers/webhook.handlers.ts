import { Injectable } from '@nestjs/common';
import type { WEBHOOK_METHODS } from '@assent/contract';
import { DeliveryService, EndpointService } from '@assent/webhooks';
import type { MethodHandlers } from '../method.handler';

@Injectable()
export class WebhookHandlers {
  constructor(
    private readonly endpoints: EndpointService,
    private readonly deliveries: DeliveryService,
  ) {}

  readonly methods: MethodHandlers<typeof WEBHOOK_METHODS> = {
    'webhook/create': (webhook, { principal }) => this.endpoints.create(principal, webhook),
    'webhook/list': ({ cursor = null, limit }, { principal }) => this.endpoints.list(principal, cursor, limit),
    'webhook/get': ({ webhookId }, { principal }) => this.endpoints.get(principal, webhookId),
    'webhook/change': ({ webhookId, ...change }, { principal }) => this.endpoints.change(principal, webhookId, change),
    'webhook/delete': async ({ webhookId }, { principal }) => {
      await this.endpoints.remove(principal, webhookId);
      return {};
    },
    'webhook/rotate_secret': ({ webhookId, overlapSeconds }, { principal }) =>
      this.endpoints.rotate(principal, webhookId, overlapSeconds),
    'webhook/callback_key/issue': ({ webhookId, ...key }, { principal }) =>
      this.endpoints.issueKey(principal, webhookId, key),
    'webhook/callback_key/revoke': async ({ webhookId }, { principal }) => {
      await this.endpoints.revokeKey(principal, webhookId);
      return {};
    },
    'webhook/test': ({ webhookId }, { principal }) => this.deliveries.test(principal, webhookId),
    'webhook/replay': ({ webhookId, ...range }, { principal }) => this.deliveries.replay(principal, webhookId, range),
    'webhook/delivery/list': (query, { principal }) => this.deliveries.list(principal, query),
    'webhook/delivery/get': ({ deliveryId }, { principal }) => this.deliveries.sent(principal, deliveryId),
    'webhook/delivery/redeliver': ({ deliveryId }, { principal }) => this.deliveries.redeliver(principal, deliveryId),
  };
}
