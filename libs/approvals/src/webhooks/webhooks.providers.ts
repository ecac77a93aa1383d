import { AttemptMaker } from './attempt.maker';
import { CallbackController } from './callback.controller';
import { CallbackRepository } from './callback.repository';
import { CallbackService } from './callback.service';
import { DeliveryQueue } from './delivery.queue';
import { DeliveryRepository } from './delivery.repository';
import { DeliveryService } from './delivery.service';
import { EndpointRepository } from './endpoint.repository';
import { EndpointService } from './endpoint.service';
import { WebhookController } from './webhook.controller';
import { WebhookEgress } from './webhook.egress';
import { WebhookHousekeeping } from './webhook.housekeeping';
import { WEBHOOK_METRIC_PROVIDERS, WebhookMetrics } from './webhook.metrics';
import { WebhookSecrets } from './webhook.secrets';
import { WebhookSender } from './webhook.sender';

export const WEBHOOK_CONTROLLERS = [WebhookController, CallbackController];

/** Everything of the webhooks that the module of the approvals provides. */
export const WEBHOOK_PROVIDERS = [
  AttemptMaker,
  CallbackRepository,
  CallbackService,
  DeliveryQueue,
  DeliveryRepository,
  DeliveryService,
  EndpointRepository,
  EndpointService,
  WebhookEgress,
  WebhookHousekeeping,
  WebhookMetrics,
  WebhookSecrets,
  WebhookSender,
  ...WEBHOOK_METRIC_PROVIDERS,
];
