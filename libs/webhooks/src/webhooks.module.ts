import { Module } from '@nestjs/common';
import { ApprovalsModule } from '@assent/approvals';
import { OutboxModule } from '@assent/outbox';
import { AttemptSender } from './attempt.sender';
import { CallbackClock } from './callback.clock';
import { CallbackRepository } from './callback.repository';
import { CallbackService } from './callback.service';
import { DeliveryQueue } from './delivery.queue';
import { DeliveryRepository } from './delivery.repository';
import { DeliveryService } from './delivery.service';
import { EndpointRepository } from './endpoint.repository';
import { EndpointService } from './endpoint.service';
import { WebhookEgress } from './webhook.egress';
import { WebhookHousekeeping } from './webhook.housekeeping';
import { WEBHOOK_METRIC_PROVIDERS, WebhookMetrics } from './webhook.metrics';
import { WebhookSecrets } from './webhook.secrets';
import { WebhookSender } from './webhook.sender';

/** Sends events to the endpoints of a tenant, and receives callbacks with decisions. */
@Module({
  imports: [ApprovalsModule, OutboxModule],
  providers: [
    AttemptSender,
    CallbackClock,
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
  ],
  exports: [CallbackService, DeliveryService, EndpointService, WebhookEgress, WebhookSecrets],
})
export class WebhooksModule {}
