import { Inject, Injectable } from '@nestjs/common';
import { AssentError, authorityOf, type Authority, type Principal, type Scope } from '@assent/contract';
import { Config, LOG, Sweeper, type Log } from '@assent/platform';
import { ApiKeyPrincipals } from './api-key.principals';
import { Principals } from './principals';

/** The credential of a long-lived connection. */
export interface CredentialHolder {
  readonly tenantId: string;
  readonly subject: string;
  readonly authority: Authority | null;
  /** Null: it does not expire. */
  readonly expiresAt: Date | null;
}

interface WatchedCredential {
  readonly holder: CredentialHolder;
  readonly scope: Scope;
  readonly end: () => void;
}

/** Poll interval. After a revocation on another replica, a poll may see values up to IDENTITY_CACHE_SECONDS old. */
const POLL_MS = 1_000;
const MS_PER_SECOND = 1_000;

/**
 * Ends streams and waiting requests when their credential ends: a key that is revoked or expires, a token that expires.
 * Everything that outlives its request MUST be registered here.
 */
@Injectable()
export class CredentialWatch {
  private readonly watched = new Set<WatchedCredential>();
  private readonly skewMs: number;

  constructor(
    private readonly principals: Principals,
    keys: ApiKeyPrincipals,
    { tokens }: Config,
    sweeper: Sweeper,
    @Inject(LOG) private readonly log: Log,
  ) {
    this.skewMs = (tokens?.skewSeconds ?? 0) * MS_PER_SECOND;
    const sweep = sweeper.steps({
      name: 'credentials',
      everyMs: POLL_MS,
      step: async () => {
        await this.endExpired();
        return false;
      },
    });
    keys.onRevoked(() => {
      sweep.wake();
    });
  }

  /**
   * @param scope the scope required to keep it open
   * @param end called once, when the credential no longer has the scope
   * @returns a function that stops watching
   */
  register(holder: CredentialHolder, scope: Scope, end: () => void): () => void {
    const entry = { holder, scope, end };
    this.watched.add(entry);
    return () => {
      this.watched.delete(entry);
    };
  }

  /** Whether the credential has the scope, with a delay of up to IDENTITY_CACHE_SECONDS. */
  async grants(holder: CredentialHolder, scope: Scope): Promise<boolean> {
    if (this.isExpired(holder)) return false;
    const { tenantId, subject, authority } = holder;
    return (await this.principals.scopesOf(tenantId, subject, authority))?.has(scope) ?? false;
  }

  private async endExpired(): Promise<void> {
    for (const entry of [...this.watched]) if (this.isExpired(entry.holder)) this.end(entry);
    for (const entry of [...this.watched]) {
      try {
        if (!(await this.grants(entry.holder, entry.scope))) this.end(entry);
      } catch (err) {
        // Without the database no new data is passed on, so nothing needs to end.
        this.log.debug({ err }, 'could not check a credential; the next poll retries');
      }
    }
  }

  private end(entry: WatchedCredential): void {
    if (this.watched.delete(entry)) entry.end();
  }

  private isExpired({ authority, expiresAt }: CredentialHolder): boolean {
    const toleratedMs = authority?.credential === 'token' ? this.skewMs : 0;
    return expiresAt !== null && Date.now() >= expiresAt.getTime() + toleratedMs;
  }
}

export function credentialHolderOf(principal: Principal): CredentialHolder {
  const { tenantId, subject, expiresAt = null } = principal;
  return { tenantId, subject, authority: authorityOf(principal), expiresAt };
}

/** The error of a waiting request whose credential ended. */
export function credentialEnded(): AssentError {
  return new AssentError(
    'unauthenticated',
    'The credential was revoked or expired while the request was held. Use another one.',
  );
}
