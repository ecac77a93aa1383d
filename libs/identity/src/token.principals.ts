import { createHash } from 'node:crypto';
import { errors, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';
import { AssentError, type Authority, type Principal, type Scope } from '@assent/contract';
import type { KeySet } from './key-set';
import { IDENTITY_CACHE_ENTRIES, IDENTITY_CACHE_SECONDS, type PrincipalSource } from './principal.source';
import { principalOfClaims, type TokenSettings } from './token.claims';

const TOKEN = /^[\w-]+\.[\w-]+\.[\w-]*$/;
const MS_PER_SECOND = 1_000;

/** Principals by JSON web token, signed by a key of the configured provider. */
export class TokenPrincipals implements PrincipalSource {
  private readonly verified = new LRUCache<string, Principal>({
    ttl: IDENTITY_CACHE_SECONDS * MS_PER_SECOND,
    max: IDENTITY_CACHE_ENTRIES,
    ttlResolution: 0,
  });

  constructor(
    private readonly settings: TokenSettings,
    private readonly keys: KeySet,
  ) {}

  authenticate(credential: string): Principal | null | Promise<Principal> {
    if (!TOKEN.test(credential)) return null;
    const digest = createHash('sha256').update(credential).digest('base64');
    return this.verified.get(digest) ?? this.verify(credential, digest);
  }

  /** The scopes at the time of use; the provider cannot be asked whether they still apply. */
  scopesOf(_tenantId: string, _subject: string, authority: Authority | null): ReadonlySet<Scope> | null {
    return authority?.credential === 'token' ? new Set(authority.scopes) : null;
  }

  private async verify(token: string, digest: string): Promise<Principal> {
    const { issuer, audience, algorithms, skewSeconds } = this.settings;
    const rules = {
      issuer,
      audience,
      algorithms: [...algorithms],
      clockTolerance: skewSeconds,
      requiredClaims: ['exp'],
    };
    try {
      const { payload } = await jwtVerify(token, this.keys.find, rules);
      const principal = principalOfClaims(payload, this.settings);
      const leftMs = ((payload.exp ?? 0) + skewSeconds) * MS_PER_SECOND - Date.now();
      // The cache treats a time to live of 0 as unlimited.
      if (leftMs > 0) this.verified.set(digest, principal, { ttl: Math.min(this.verified.ttl, leftMs) });
      return principal;
    } catch (thrown) {
      if (thrown instanceof AssentError) throw thrown;
      throw new AssentError('unauthenticated', reasonOf(thrown), {}, { cause: thrown });
    }
  }
}

/**
 * The reason why jose rejected a token, in our words; its own texts reveal more about the server than about the token.
 */
function reasonOf(thrown: unknown): string {
  if (thrown instanceof errors.JWTExpired) return 'The token has expired: get a new one.';
  if (thrown instanceof errors.JWTClaimValidationFailed)
    return `The token is not valid for this server, or not yet: its claim "${thrown.claim}" does not match.`;
  if (thrown instanceof errors.JOSEAlgNotAllowed) return 'The token uses a signature algorithm that is not accepted.';
  if (thrown instanceof errors.JWKSNoMatchingKey)
    return 'The token is signed by a key that its issuer does not publish.';
  if (thrown instanceof errors.JWSSignatureVerificationFailed) return 'The signature of the token is wrong.';
  return 'The token cannot be read. Get a new one.';
}
