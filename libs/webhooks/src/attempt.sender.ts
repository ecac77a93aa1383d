import { Inject, Injectable } from '@nestjs/common';
import { toAssentError } from '@assent/contract';
import { LOG, activeTraceparent, cutText, traced, type EgressResponse, type Log, storableText } from '@assent/platform';
import { outcomeOf, type AttemptResult } from './delivery.policy';
import type { Attempt } from './delivery.queue';
import { fixedHeaders, messageIdOf, traceparentOf, type ClaimedDelivery } from './delivery.record';
import { signatureOf } from './signature';
import { WebhookEgress } from './webhook.egress';
import { WebhookMetrics } from './webhook.metrics';
import { WebhookSecrets } from './webhook.secrets';

/** Time limit in milliseconds for name resolution, connection, request and response together. */
const TOTAL_TIMEOUT_MS = 15_000;
/** Maximum number of response bytes that are read. */
const ANSWER_MAX_BYTES = 65_536;
const ERROR_MAX_CHARS = 512;
/** Maximum length of a response in the log of deliveries, in characters. */
const EXCERPT_MAX_CHARS = 1_024;
const MASK = '[redacted]';
/** Text that looks like a credential: receivers echo what they were sent, and print their own errors. */
const CREDENTIALS = [
  /\b(?:whsec_|aak_|sk-|ghp_|xox[abprs]-)[A-Za-z0-9+/=_-]{8,}/g,
  /\b(?:Bearer|Basic)\s+[A-Za-z0-9+/=._~-]{8,}/gi,
  /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*/g,
  /(?<=["']?(?:password|passwd|secret|token|api[_-]?key|authorization)["']?\s*[:=]\s*["']?)[^\s"',;&}]{4,}/gi,
];
/** Line breaks stay; other control characters could change what a terminal displays. */
const CONTROLS = /[\u0001-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;

/** Makes one attempt of a delivery: each attempt has the same id and bytes, and a fresh signature. */
@Injectable()
export class AttemptSender {
  constructor(
    private readonly secrets: WebhookSecrets,
    private readonly egress: WebhookEgress,
    private readonly metrics: WebhookMetrics,
    @Inject(LOG) private readonly log: Log,
  ) {}

  /** @returns null if the signal ended the attempt */
  async attempt(delivery: ClaimedDelivery, signal: AbortSignal): Promise<Attempt | null> {
    const started = performance.now();
    let answer: string | null = null;
    let result: AttemptResult;
    try {
      const secrets = await this.secretsOf(delivery);
      const response = await this.post(delivery, secrets, signal);
      answer = excerptOf(response.body, secrets);
      result = { status: response.status, retryAfter: response.headers['retry-after'] };
    } catch (thrown) {
      if (signal.aborted) return null;
      result = { status: null, error: this.reasonOf(thrown, delivery) };
    }
    const durationMs = performance.now() - started;
    const outcome = outcomeOf(result, delivery.roundAttempts + 1, Math.random(), Date.now());
    this.metrics.attempted(outcome.kind, durationMs);
    const error = result.status === null ? result.error : null;
    return { delivery, outcome, durationMs, status: result.status, error, answer };
  }

  /** Continues the distributed trace of the run, even if the attempt is made much later. */
  private post(delivery: ClaimedDelivery, secrets: readonly string[], signal: AbortSignal): Promise<EgressResponse> {
    const parent = traceparentOf(delivery.body);
    const attributes = {
      'assent.webhook_id': delivery.endpointId,
      'assent.event_type': delivery.type,
      'assent.try': delivery.roundAttempts + 1,
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
        ...fixedHeaders(id),
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

  /**
   * During a rotation both secrets sign.
   * @throws Error if no secret is usable
   */
  private async secretsOf({ endpointId, secret, previousSecret }: ClaimedDelivery): Promise<string[]> {
    const sealed = previousSecret === null ? [secret] : [secret, previousSecret];
    const opened = await Promise.all(sealed.map((stored) => this.secrets.use(stored, endpointId)));
    const usable = opened.filter((text) => text !== null);
    if (usable.length > 0) return usable;
    throw new Error('the secret of this webhook cannot be decrypted');
  }

  private reasonOf(thrown: unknown, { endpointId }: ClaimedDelivery): string {
    const { reason, message } = toAssentError(thrown);
    if (reason !== 'internal') return cutText(message, ERROR_MAX_CHARS);
    this.log.error({ err: thrown, webhookId: endpointId }, 'could not sign or send a webhook');
    return 'The server could not make this attempt. Search its log for the webhook id.';
  }
}

/**
 * The excerpt of a response for the log of deliveries.
 * @param secrets known secrets, which are redacted in any case
 */
function excerptOf(body: Uint8Array, secrets: readonly string[]): string {
  // Cut first, with room for characters that redaction removes, so that a long response costs no more than a short one.
  const text = new TextDecoder().decode(body.subarray(0, EXCERPT_MAX_CHARS * 4));
  const masked = secrets.filter(Boolean).reduce((left, secret) => left.replaceAll(secret, MASK), text);
  const clean = CREDENTIALS.reduce((left, pattern) => left.replaceAll(pattern, MASK), masked);
  return cutText(storableText(clean).replaceAll(CONTROLS, '\uFFFD'), EXCERPT_MAX_CHARS);
}
