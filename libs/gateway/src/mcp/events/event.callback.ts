import { randomUUID, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { toAssentError } from '@assent/contract';
import { WebhookEgress, WebhookSecrets, retryAfterSeconds, signatureOf } from '@assent/webhooks';
import { codeOf, type EgressResponse } from '@assent/platform';
import { EventMetrics } from './event.metrics';

/** Time limit in milliseconds for name resolution, connection, request and response together. */
const TOTAL_TIMEOUT_MS = 10_000;
const ANSWER_MAX_BYTES = 4_096;
const OK_FROM = 200;
const REDIRECT_FROM = 300;
const CLIENT_ERROR_FROM = 400;
const SERVER_ERROR_FROM = 500;
/** Codes of failed TLS handshakes, of Node and of OpenSSL. */
const TLS_FAULT = /CERT|TLS|SSL|SIGNATURE|SELF_SIGNED|UNABLE_TO/;

/** Why a receiver did not get a message; nothing else of its response is disclosed. */
export type CallbackFault =
  'connection_refused' | 'timeout' | 'tls_error' | 'http_4xx' | 'http_5xx' | 'challenge_failed';

export interface CallbackTarget {
  readonly id: string;
  readonly url: string;
  /** The newest first. */
  readonly secrets: readonly string[];
}

/** `fault` is null when the receiver accepted the message. */
export interface CallbackResult {
  readonly fault: CallbackFault | null;
  readonly status: number | null;
  readonly retryAfterSeconds: number;
}

/** Posts signed messages to the URLs of subscriptions: Standard Webhooks, with the id of the subscription in a header. */
@Injectable()
export class EventCallback {
  constructor(
    private readonly egress: WebhookEgress,
    private readonly secrets: WebhookSecrets,
    private readonly metrics: EventMetrics,
  ) {}

  /** Checks the address of a URL. @throws AssentError invalid, forbidden */
  vet(url: string): Promise<URL> {
    return this.egress.client.vet(url);
  }

  seal(secret: string, id: string): string {
    return this.secrets.seal(secret, id);
  }

  /** Decrypts stored secrets; omits unreadable ones. */
  open(stored: readonly string[], id: string): string[] {
    return stored.map((secret) => this.secrets.read(secret, id)).filter((secret) => secret !== null);
  }

  /** Checks that the receiver agrees to get events: it must echo a challenge. @returns null: it agrees */
  async verify(target: CallbackTarget): Promise<CallbackFault | null> {
    const challenge = randomUUID();
    const body = JSON.stringify({ type: 'verification', challenge });
    try {
      const response = await this.request(target, controlId('verification'), body);
      if (response.status >= OK_FROM && response.status < REDIRECT_FROM) {
        return isEcho(response.body, challenge) ? null : 'challenge_failed';
      }
      return response.status < CLIENT_ERROR_FROM ? 'challenge_failed' : faultOfStatus(response.status);
    } catch (thrown) {
      return faultOf(thrown);
    }
  }

  /** Never rejects, unless the signal is aborted. @param messageId absent: a control message of the type in the body */
  async post(
    target: CallbackTarget,
    body: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
    messageId = controlId(String(body['type'])),
  ): Promise<CallbackResult> {
    const result = await this.attempt(target, messageId, JSON.stringify(body), signal);
    this.metrics.attempted(result.fault === null ? 'delivered' : 'failed');
    return result;
  }

  private async attempt(
    target: CallbackTarget,
    messageId: string,
    body: string,
    signal: AbortSignal,
  ): Promise<CallbackResult> {
    try {
      const { status, headers } = await this.request(target, messageId, body, signal);
      const isAccepted = status >= OK_FROM && status < REDIRECT_FROM;
      return {
        fault: isAccepted ? null : faultOfStatus(status),
        status,
        retryAfterSeconds: retryAfterSeconds(headers['retry-after'], Date.now()),
      };
    } catch (thrown) {
      signal.throwIfAborted();
      return { fault: faultOf(thrown), status: null, retryAfterSeconds: 0 };
    }
  }

  private request(
    { id, url, secrets }: CallbackTarget,
    messageId: string,
    body: string,
    signal?: AbortSignal,
  ): Promise<EgressResponse> {
    const at = new Date();
    return this.egress.client.request({
      method: 'POST',
      url,
      headers: [
        ['content-type', 'application/json'],
        ['user-agent', 'assent-webhooks/1'],
        ['webhook-id', messageId],
        ['webhook-timestamp', String(Math.floor(at.getTime() / 1_000))],
        ['webhook-signature', signatureOf(secrets, messageId, at, body)],
        ['x-mcp-subscription-id', id],
      ],
      body,
      maxResponseBytes: ANSWER_MAX_BYTES,
      totalTimeoutMs: TOTAL_TIMEOUT_MS,
      ...(signal && { signal }),
    });
  }
}

function controlId(type: string): string {
  return `msg_${type}_${randomUUID()}`;
}

/** A redirect is not followed, so its URL counts as one that does not exist. */
function faultOfStatus(status: number): CallbackFault {
  return status >= SERVER_ERROR_FROM ? 'http_5xx' : 'http_4xx';
}

/** An address that is not public is reported like one where nothing listens. */
function faultOf(thrown: unknown): CallbackFault {
  const error = toAssentError(thrown);
  if (error.reason === 'timeout') return 'timeout';
  return TLS_FAULT.test(codeOf(error.cause) ?? '') ? 'tls_error' : 'connection_refused';
}

function isEcho(body: Uint8Array, challenge: string): boolean {
  try {
    const { challenge: echoed } = JSON.parse(Buffer.from(body).toString('utf8')) as { readonly challenge?: unknown };
    const given = Buffer.from(String(echoed));
    const expected = Buffer.from(challenge);
    return given.length === expected.length && timingSafeEqual(given, expected);
  } catch {
    // Not JSON, or not an object.
    return false;
  }
}
