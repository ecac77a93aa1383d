import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { Config, LOG, type Log } from '@assent/platform';
import { EndpointRepository } from './endpoint.repository';

/** Length of a signing key in bytes; Standard Webhooks requires 24 to 64. */
const SECRET_BYTES = 32;
const PREFIX = 'whsec_';
const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;
const SEALED = 'gcm1';
const PLAIN = 'plain';

/** A fresh signing key in the form of Standard Webhooks. */
export function newWebhookSecret(): string {
  return `${PREFIX}${randomBytes(SECRET_BYTES).toString('base64')}`;
}

/** A stored secret after decryption. */
interface OpenedSecret {
  readonly secret: string;
  /** The secret encrypted with the current key, if it is stored in another form. */
  readonly resealed: string | null;
}

/**
 * Storage of secrets: encrypted if WEBHOOK_SECRET_KEY is set, each bound to its endpoint, so that a secret cannot be
 * moved to another endpoint. Secrets stored before the key was set, or under a previous key, stay readable and are
 * encrypted with the current key on their next use.
 */
@Injectable()
export class WebhookSecrets {
  private readonly key: Buffer | null;
  private readonly previous: readonly Buffer[];
  /** Endpoints with a logged problem, so that it is logged once and not on every use. */
  private readonly reported = new Set<string>();

  constructor(
    { env: { WEBHOOK_SECRET_KEY: given }, previousWebhookKeys }: Config,
    private readonly endpoints: EndpointRepository,
    @Inject(LOG) private readonly log: Log,
  ) {
    this.key = given === undefined ? null : keyOf(given);
    this.previous = previousWebhookKeys.map(keyOf);
  }

  seal(secret: string, endpointId: string): string {
    if (!this.key) return `${PLAIN}:${secret}`;
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(CIPHER, this.key, iv).setAAD(Buffer.from(endpointId));
    const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
    return [SEALED, ...[iv, cipher.getAuthTag(), sealed].map((part) => part.toString('base64'))].join(':');
  }

  /** The secret, for an owner that stores it anew itself; null if no key decrypts it. */
  read(stored: string, ownerId: string): string | null {
    return this.open(stored, ownerId)?.secret ?? null;
  }

  /**
   * The secret of an endpoint, which is encrypted with the current key; null if no key decrypts it, which is logged and
   * affects this endpoint only. Never rejects.
   */
  async use(stored: string, endpointId: string): Promise<string | null> {
    const { secret = null, resealed = null } = this.open(stored, endpointId) ?? {};
    if (secret === null) this.report(endpointId);
    if (resealed !== null) {
      await this.endpoints.reseal(endpointId, stored, resealed).catch((error: unknown) => {
        this.log.warn({ err: error, webhookId: endpointId }, 'could not encrypt a webhook secret with the new key');
      });
    }
    return secret;
  }

  private open(stored: string, endpointId: string): OpenedSecret | null {
    const [form, ...parts] = stored.split(':');
    if (form === PLAIN) {
      const secret = parts.join(':');
      return { secret, resealed: this.key ? this.seal(secret, endpointId) : null };
    }
    for (const key of this.key ? [this.key, ...this.previous] : []) {
      const secret = opened(parts, key, endpointId);
      if (secret !== null) return { secret, resealed: key === this.key ? null : this.seal(secret, endpointId) };
    }
    return null;
  }

  private report(webhookId: string): void {
    if (this.reported.has(webhookId)) return;
    this.reported.add(webhookId);
    const what = this.key
      ? 'could not decrypt the secret of this webhook: add the previous key to WEBHOOK_SECRET_KEY_PREVIOUS, or rotate the secret'
      : 'the secret of this webhook is encrypted, but WEBHOOK_SECRET_KEY is not set';
    this.log.error({ webhookId }, what);
  }
}

function keyOf(passphrase: string): Buffer {
  return createHash('sha256').update(`assent-webhook-secrets:${passphrase}`).digest();
}

/** null: encrypted with another key, for another endpoint, or damaged. */
function opened(parts: readonly string[], key: Buffer, endpointId: string): string | null {
  const [iv, tag, sealed] = parts.map((part) => Buffer.from(part, 'base64'));
  if (!iv || !sealed || tag?.length !== TAG_BYTES) return null;
  try {
    const decipher = createDecipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(endpointId)).setAuthTag(tag);
    return Buffer.concat([decipher.update(sealed), decipher.final()]).toString('utf8');
  } catch {
    // Node reports only that the tag does not match; the next key may match.
    return null;
  }
}
