import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Config, EgressClient } from '@assent/platform';

/** The way to receivers: that of the http tool, public addresses only (and what EGRESS_ALLOW opens). */
@Injectable()
export class WebhookEgress implements OnApplicationShutdown {
  readonly client: EgressClient;

  constructor({ env }: Config) {
    this.client = new EgressClient({ allow: env.EGRESS_ALLOW });
  }

  onApplicationShutdown(): Promise<void> {
    return this.client.close();
  }
}
