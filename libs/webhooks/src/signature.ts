import { timingSafeEqual } from 'node:crypto';
import { Webhook } from 'standardwebhooks';

/** Maximum difference between the time of a message and the server's time, in seconds. */
export const WINDOW_SECONDS = 300;
/** Senders sign with at most two secrets; more signatures are a guessing attempt. */
const SIGNATURES_MAX = 8;
const MESSAGE_ID = /^[\x21-\x7e]{1,128}$/;
const SECONDS = /^\d{1,12}$/;

/** The three headers of Standard Webhooks. */
export interface SignedHeaders {
  readonly id: string;
  readonly timestamp: string;
  readonly signature: string;
}

/** `webhook-signature` of a message: one entry for each secret, the newest first. */
export function signatureOf(secrets: readonly string[], id: string, at: Date, body: string): string {
  return secrets.map((secret) => new Webhook(secret).sign(id, at, body)).join(' ');
}

/** The headers of a received message; null if one is missing or malformed. */
export function signedHeaders(headers: Readonly<Record<string, string | string[] | undefined>>): SignedHeaders | null {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature } = headers;
  if (typeof id !== 'string' || typeof timestamp !== 'string' || typeof signature !== 'string') return null;
  return MESSAGE_ID.test(id) && SECONDS.test(timestamp) ? { id, timestamp, signature } : null;
}

export function isInWindow({ timestamp }: SignedHeaders, nowMs: number): boolean {
  return Math.abs(nowMs / 1_000 - Number(timestamp)) <= WINDOW_SECONDS;
}

/** Whether one of the signatures was made with this secret. Runs in constant time. */
export function isSignedWith(secret: string, { id, timestamp, signature }: SignedHeaders, body: string): boolean {
  const expected = Buffer.from(new Webhook(secret).sign(id, new Date(Number(timestamp) * 1_000), body));
  return signature
    .split(' ', SIGNATURES_MAX)
    .map((given) => Buffer.from(given))
    .some((given) => given.length === expected.length && timingSafeEqual(given, expected));
}
