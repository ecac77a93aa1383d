import { Injectable } from '@nestjs/common';
import { AssentError, type Authority, type Principal, type Scope } from '@assent/contract';
import { ApiKeyRepository, type ApiKeyRecord } from './api-key.repository';
import { isSameHash, readApiKey } from './api-key.secret';
import { ExpiringCache } from './expiring-cache';
import { IDENTITY_CACHE_ENTRIES, IDENTITY_CACHE_SECONDS, type PrincipalSource } from './principal.source';

type Found = (ApiKeyRecord & { readonly secretHash: string }) | undefined;

const KEY_PREFIX = 'key:';
/** Compared with when there is no such key, so that an unknown id takes as long as a wrong secret. */
const NO_HASH = '0'.repeat(64);

/** Principals by API key. What a key may do is looked up anew every few seconds; that is how long a revocation may take. */
@Injectable()
export class ApiKeyPrincipals implements PrincipalSource {
  private readonly found = new ExpiringCache<Promise<Found>>(IDENTITY_CACHE_SECONDS * 1_000, IDENTITY_CACHE_ENTRIES);

  constructor(private readonly keys: ApiKeyRepository) {}

  authenticate(credential: string): null | Promise<Principal> {
    const presented = readApiKey(credential);
    if (!presented) return null;
    return this.find(presented.id).then((key) => {
      const same = isSameHash(presented.secretHash, key?.secretHash ?? NO_HASH);
      if (!key || !same) throw new AssentError('unauthenticated', 'This API key is not known: it may be mistyped.');
      if (key.state !== 'live') {
        throw new AssentError('unauthenticated', `The API key ${key.id} ${ENDED[key.state]}: ask for a new one.`);
      }
      const { tenantId, subject, scopes, roles } = key;
      return { tenantId, subject, scopes: new Set(scopes), roles: new Set(roles), credential: `key:${key.id}` };
    });
  }

  /** What the work was started with, less what the key has lost since: a key that was revoked has no powers left. */
  async scopesOf(tenantId: string, _subject: string, authority: Authority | null): Promise<ReadonlySet<Scope> | null> {
    if (!authority?.credential.startsWith(KEY_PREFIX)) return null;
    const key = await this.find(authority.credential.slice(KEY_PREFIX.length));
    if (key?.tenantId !== tenantId || key.state !== 'live') return null;
    return new Set(authority.scopes.filter((scope) => key.scopes.includes(scope)));
  }

  /** Makes this replica look again at once. */
  forget(id: string): void {
    this.found.delete(id);
  }

  private find(id: string): Promise<Found> {
    const known = this.found.get(id);
    if (known) return known;
    const looking = this.keys.use(id);
    this.found.set(id, looking);
    // A database that was away is asked again by the next call.
    looking.catch(() => {
      this.found.delete(id);
    });
    return looking;
  }
}

const ENDED = { expired: 'has expired', revoked: 'was revoked' } as const;
