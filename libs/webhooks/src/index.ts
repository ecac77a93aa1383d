export { CallbackService } from './callback.service';
export { DeliveryService } from './delivery.service';
export { retryAfterSeconds } from './delivery.policy';
export { EndpointService } from './endpoint.service';
export { signatureOf } from './signature';
export { WebhookEgress } from './webhook.egress';
export { WebhookSecrets } from './webhook.secrets';
export {
  WEBHOOK_ATTEMPTS,
  WEBHOOK_CALLBACKS,
  WEBHOOK_DELIVERIES,
  WEBHOOK_ENDPOINTS,
  WEBHOOK_EVENTS,
} from './webhooks.tables';
export { WebhooksModule } from './webhooks.module';
