import { Inject, Injectable } from '@nestjs/common';
import { AssentError, type Authority, type Principal, type Scope } from '@assent/contract';
import { CachedByKey } from '@assent/platform';
import { ApiKeyRepository, type ApiKeyRecord } from './api-key.repository';
import { isSameHash, readApiKey } from './api-key.secret';
import { LocalPrincipals, ORIGIN_PREFIX } from './local-principals';
import { IDENTITY_CACHE_ENTRIES, IDENTITY_CACHE_SECONDS, type PrincipalSource } from './principal.source';

type Found = (ApiKeyRecord & { readonly secretHash: string }) | undefined;

export const KEY_PREFIX = 'key:';
/** Compared if the key does not exist, so that an unknown id takes as long as a wrong secret. */
const NO_HASH = '0'.repeat(64);

/**
 * Principals by API key. The scopes of a key are reloaded every few seconds, which bounds the delay of a revocation.
 */
@Injectable()
export class ApiKeyPrincipals implements PrincipalSource {
  private readonly found = new CachedByKey<Found>((id) => this.keys.use(id).then((key) => key && this.standing(key)), {
    maxAgeMs: IDENTITY_CACHE_SECONDS * 1_000,
    maxKeys: IDENTITY_CACHE_ENTRIES,
  });

  private readonly listeners = new Set<() => void>();

  constructor(
    private readonly keys: ApiKeyRepository,
    @Inject(LocalPrincipals) private readonly local: Pick<LocalPrincipals, 'hasOrigin'>,
  ) {}

  authenticate(credential: string): null | Promise<Principal> {
    const presented = readApiKey(credential);
    if (!presented) return null;
    return this.found.get(presented.id).then((key) => {
      const same = isSameHash(presented.secretHash, key?.secretHash ?? NO_HASH);
      if (!key || !same)
        throw new AssentError('unauthenticated', 'This API key is not known. Check it for typing errors.');
      if (key.state !== 'live') {
        throw new AssentError('unauthenticated', `The API key ${key.id} ${ENDED[key.state]}. Ask for a new one.`);
      }
      return this.principalOf(key);
    });
  }

  principalOf(key: ApiKeyRecord): Principal {
    const { id, tenantId, subject, scopes, roles, issuers, isSession, expiresAt, mcpServers, tools } = key;
    const credential = `${KEY_PREFIX}${id}` as const;
    const end = expiresAt && { expiresAt };
    const access = (mcpServers ?? tools) && { toolAccess: { mcpServers, tools } };
    const session = isSession && ({ isSession } as const);
    const powers = { scopes: new Set(scopes), roles: new Set(roles) };
    return { tenantId, subject, ...powers, credential, issuers, ...session, ...end, ...access };
  }

  /** The authority at the start of the work, minus what the key has lost since; a revoked key has no authority. */
  async scopesOf(tenantId: string, _subject: string, authority: Authority | null): Promise<ReadonlySet<Scope> | null> {
    if (!authority?.credential.startsWith(KEY_PREFIX)) return null;
    const key = await this.found.get(authority.credential.slice(KEY_PREFIX.length));
    if (key?.tenantId !== tenantId || key.state !== 'live') return null;
    return new Set(authority.scopes.filter((scope) => key.scopes.includes(scope)));
  }

  /** The current state of a key. Replacing the built-in key at its root revokes it as well. */
  standing<K extends ApiKeyRecord>(key: K): K {
    const { origin } = key;
    const isRooted = origin?.startsWith(ORIGIN_PREFIX) !== true || this.local.hasOrigin(origin);
    return isRooted ? key : { ...key, state: 'revoked' };
  }

  onRevoked(listener: () => void): void {
    this.listeners.add(listener);
  }

  /** Called after a revocation: this replica reloads the key and all keys derived from it at once. */
  forget(): void {
    this.found.clear();
    for (const listener of this.listeners) listener();
  }
}

const ENDED = { expired: 'has expired', revoked: 'was revoked, directly or through its issuer' } as const;
