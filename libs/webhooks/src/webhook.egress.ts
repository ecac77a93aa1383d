import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Config, EgressClient } from '@assent/platform';

/** The egress client for receivers, with the rules of the http tool: public addresses only, plus EGRESS_ALLOW. */
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
