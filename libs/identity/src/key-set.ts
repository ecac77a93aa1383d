import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { AssentError } from '@assent/contract';
import type { Log } from '@assent/platform';

/** Maximum age of the key set. Providers announce new keys hours ahead; a withdrawn key must not be used for long. */
const FRESH_MS = 600_000;
/** Maximum age of the key set while the provider does not respond. */
const STALE_MS = 3_600_000;
/** Minimum pause between fetches: tokens with made-up key ids must not cause constant requests. */
const REFETCH_PAUSE_MS = 10_000;
/** Pause after a failed fetch, shorter because every token holder waits for it. */
const AFTER_FAILURE_MS = 1_000;
const FETCH_TIMEOUT_MS = 5_000;
/** Maximum size: room for a hundred keys with their certificates. */
const BODY_MAX_BYTES = 262_144;

type Keys = ReturnType<typeof createLocalJWKSet>;

/** The public keys of an identity provider, fetched on demand and again when they are old or a key id is unknown. */
export class KeySet {
  private keys: Keys | null = null;
  private fetchedAtMs = -Infinity;
  private attemptedAtMs = -Infinity;
  private failed = false;
  private refreshing: Promise<void> | null = null;

  constructor(
    private readonly url: string,
    private readonly log: Log,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  /**
   * The key that a token names in its header.
   * @throws AssentError overloaded if the keys cannot be fetched. JOSEError if the key does not exist
   */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    const ageMs = this.nowMs() - this.fetchedAtMs;
    if (ageMs > STALE_MS) await this.refresh();
    else if (ageMs > FRESH_MS) void this.refresh();
    try {
      return await this.current()(header, token);
    } catch (thrown) {
      if (!(thrown instanceof errors.JWKSNoMatchingKey)) throw thrown;
    }
    await this.refresh();
    if (this.failed) throw notNow();
    return this.current()(header, token);
  };

  private current(): Keys {
    if (this.keys && this.nowMs() - this.fetchedAtMs <= STALE_MS) return this.keys;
    throw notNow();
  }

  /** Never rejects; one fetch at a time, with a pause between fetches. */
  private refresh(): Promise<void> {
    const pauseMs = this.failed ? AFTER_FAILURE_MS : REFETCH_PAUSE_MS;
    if (this.refreshing === null && this.nowMs() - this.attemptedAtMs < pauseMs) return Promise.resolve();
    this.refreshing ??= this.fetch()
      .then(
        (keys) => {
          this.keys = keys;
          this.fetchedAtMs = this.nowMs();
          this.failed = false;
        },
        (error: unknown) => {
          this.failed = true;
          this.log.warn({ err: error }, 'could not fetch the keys of the identity provider (JWT_JWKS_URL)');
        },
      )
      .finally(() => {
        this.attemptedAtMs = this.nowMs();
        this.refreshing = null;
      });
    return this.refreshing;
  }

  private async fetch(): Promise<Keys> {
    const signal = AbortSignal.timeout(FETCH_TIMEOUT_MS);
    const headers = { accept: 'application/jwk-set+json, application/json' };
    const response = await fetch(this.url, { headers, signal, redirect: 'error' });
    if (!response.ok) throw new Error(`the key set answered with status ${response.status}`);
    return createLocalJWKSet(JSON.parse(await limitedText(response)) as JSONWebKeySet);
  }
}

async function limitedText({ body }: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of (body ?? []) as AsyncIterable<Uint8Array>) {
    size += part.length;
    if (size > BODY_MAX_BYTES) throw new Error(`the key set is larger than ${BODY_MAX_BYTES} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function notNow(): AssentError {
  return new AssentError('overloaded', 'The keys of the identity provider cannot be fetched. Try again.', {
    retryAfterSeconds: AFTER_FAILURE_MS / 1_000,
  });
}
