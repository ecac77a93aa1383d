export { CallbackService } from './callback.service';
export { DeliveryService } from './delivery.service';
export { EndpointService } from './endpoint.service';
export {
  WEBHOOK_ATTEMPTS,
  WEBHOOK_CALLBACKS,
  WEBHOOK_DELIVERIES,
  WEBHOOK_ENDPOINTS,
  WEBHOOK_EVENTS,
} from './webhooks.tables';
export { WebhooksModule } from './webhooks.module';
