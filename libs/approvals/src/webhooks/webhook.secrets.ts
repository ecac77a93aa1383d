import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Config } from '@assent/platform';

/** Of a signing key; Standard Webhooks asks for 24 to 64. */
const SECRET_BYTES = 32;
const PREFIX = 'whsec_';
const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const SEALED = 'gcm1';
const PLAIN = 'plain';

/** A fresh signing key in the form of Standard Webhooks. */
export function newWebhookSecret(): string {
  return `${PREFIX}${randomBytes(SECRET_BYTES).toString('base64')}`;
}

/**
 * How secrets lie in the database: encrypted when WEBHOOK_SECRET_KEY is set, each bound to its endpoint, so that one cannot
 * be put in another's place. What was stored before the key was set stays readable.
 */
@Injectable()
export class WebhookSecrets {
  private readonly key: Buffer | null;

  constructor({ env }: Config) {
    const given = env.WEBHOOK_SECRET_KEY;
    this.key = given === undefined ? null : createHash('sha256').update(`assent-webhook-secrets:${given}`).digest();
  }

  seal(secret: string, endpointId: string): string {
    if (!this.key) return `${PLAIN}:${secret}`;
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(CIPHER, this.key, iv).setAAD(Buffer.from(endpointId));
    const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
    return [SEALED, ...[iv, cipher.getAuthTag(), sealed].map((part) => part.toString('base64'))].join(':');
  }

  /** @throws Error when it was sealed with another key, or for another endpoint; it never quotes the secret */
  open(stored: string, endpointId: string): string {
    const [form, ...parts] = stored.split(':');
    if (form === PLAIN) return parts.join(':');
    if (!this.key) throw new Error('the secret of this webhook is encrypted: set WEBHOOK_SECRET_KEY');
    const [iv, tag, sealed] = parts.map((part) => Buffer.from(part, 'base64'));
    try {
      if (!iv || !tag || !sealed) throw new Error('a part is missing');
      const decipher = createDecipheriv(CIPHER, this.key, iv).setAAD(Buffer.from(endpointId)).setAuthTag(tag);
      return Buffer.concat([decipher.update(sealed), decipher.final()]).toString('utf8');
    } catch (error) {
      throw new Error('the secret of this webhook was encrypted with another WEBHOOK_SECRET_KEY', { cause: error });
    }
  }
}
