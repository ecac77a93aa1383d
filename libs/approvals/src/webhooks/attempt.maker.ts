import { Inject, Injectable } from '@nestjs/common';
import { toAssentError } from '@assent/contract';
import { LOG, activeTraceparent, cutText, traced, type EgressResponse, type Log } from '@assent/platform';
import { excerptOf } from './answer.excerpt';
import { verdictOf, type Attempted } from './delivery.policy';
import type { Attempt } from './delivery.queue';
import { messageIdOf, traceparentOf, type ClaimedDelivery } from './delivery.record';
import { signatureOf } from './signature';
import { WebhookEgress } from './webhook.egress';
import { WebhookMetrics } from './webhook.metrics';
import { WebhookSecrets } from './webhook.secrets';

/** For everything: name, connection, request and answer. */
const TOTAL_TIMEOUT_MS = 15_000;
/** Of an answer; what is longer is left unread. */
const ANSWER_MAX_BYTES = 65_536;
const ERROR_MAX_CHARS = 512;

/** Makes one try of a delivery: the same id and bytes each time, a signature of now. */
@Injectable()
export class AttemptMaker {
  constructor(
    private readonly secrets: WebhookSecrets,
    private readonly egress: WebhookEgress,
    private readonly metrics: WebhookMetrics,
    @Inject(LOG) private readonly log: Log,
  ) {}

  /** @returns null when it was given up because of the signal */
  async make(delivery: ClaimedDelivery, signal: AbortSignal): Promise<Attempt | null> {
    const started = performance.now();
    let answer: string | null = null;
    let attempted: Attempted;
    try {
      const secrets = this.secretsOf(delivery);
      const response = await this.post(delivery, secrets, signal);
      answer = excerptOf(response.body, secrets);
      attempted = { status: response.status, retryAfter: response.headers['retry-after'] };
    } catch (thrown) {
      if (signal.aborted) return null;
      attempted = { status: null, error: this.reasonOf(thrown, delivery) };
    }
    const durationMs = performance.now() - started;
    const verdict = verdictOf(attempted, delivery.tries + 1, Math.random(), Date.now());
    this.metrics.attempted(verdict.kind, durationMs);
    const error = attempted.status === null ? attempted.error : null;
    return { delivery, verdict, durationMs, status: attempted.status, error, answer };
  }

  /** A part of the trace of the run that it tells of, however much later the try is made. */
  private post(delivery: ClaimedDelivery, secrets: readonly string[], signal: AbortSignal): Promise<EgressResponse> {
    const parent = traceparentOf(delivery.body);
    const attributes = {
      'assent.webhook_id': delivery.endpointId,
      'assent.event_type': delivery.type,
      'assent.try': delivery.tries + 1,
    };
    return traced('webhook deliver', { kind: 'producer', parent, attributes }, () =>
      this.send(delivery, activeTraceparent() ?? parent, secrets, signal),
    );
  }

  private send(
    { url, eventId, body }: ClaimedDelivery,
    traceparent: string | null,
    secrets: readonly string[],
    signal: AbortSignal,
  ): Promise<EgressResponse> {
    const id = messageIdOf(eventId);
    const at = new Date();
    return this.egress.client.request({
      method: 'POST',
      url,
      headers: [
        ['content-type', 'application/json'],
        ['user-agent', 'assent-webhooks/1'],
        ['webhook-id', id],
        ['webhook-timestamp', String(Math.floor(at.getTime() / 1_000))],
        ['webhook-signature', signatureOf(secrets, id, at, body)],
        ...(traceparent === null ? [] : ([['traceparent', traceparent]] as const)),
      ],
      body,
      maxResponseBytes: ANSWER_MAX_BYTES,
      totalTimeoutMs: TOTAL_TIMEOUT_MS,
      signal,
    });
  }

  /** While a secret is rotated, both sign. */
  private secretsOf({ endpointId, secret, previousSecret }: ClaimedDelivery): string[] {
    const sealed = previousSecret === null ? [secret] : [secret, previousSecret];
    return sealed.map((stored) => this.secrets.open(stored, endpointId));
  }

  private reasonOf(thrown: unknown, { endpointId }: ClaimedDelivery): string {
    const { reason, message } = toAssentError(thrown);
    if (reason !== 'internal') return cutText(message, ERROR_MAX_CHARS);
    this.log.error({ err: thrown, webhookId: endpointId }, 'a webhook could not be signed or sent');
    return 'The server could not make this try: look for the webhook id in its log.';
  }
}
