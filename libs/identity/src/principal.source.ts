import { AssentError, type Authority, type Principal, type Scope } from '@assent/contract';

/** Long enough for a token with many claims, short of what a request's headers may be in all (16 KiB). */
const CREDENTIAL_MAX_CHARS = 8_192;
const BEARER = /^Bearer +([\x21-\x7e]+)$/i;

/** Seconds after which every replica knows that a key was revoked, or an identity provider's key is gone. */
export const IDENTITY_CACHE_SECONDS = 5;
/** Credentials remembered by one replica: some megabytes at most. */
export const IDENTITY_CACHE_ENTRIES = 10_000;

/** One kind of credentials. */
export interface PrincipalSource {
  /**
   * Whose credential this is. MUST return null without any lookup when it does not have the form of this kind.
   * @throws AssentError unauthenticated: it has the form, but is not valid (any more)
   */
  authenticate(credential: string): Principal | null | Promise<Principal | null>;

  /**
   * What may be done now on behalf of a subject. MUST NOT answer more than the authority says.
   * @returns null: not one of this source's, or it has lost all its powers
   */
  scopesOf(
    tenantId: string,
    subject: string,
    authority: Authority | null,
  ): ReadonlySet<Scope> | null | Promise<ReadonlySet<Scope> | null>;
}

/** The credential in an `Authorization` header. @throws AssentError unauthenticated: missing or too long */
export function bearerOf(authorization: string | undefined): string {
  const credential = authorization === undefined ? undefined : BEARER.exec(authorization)?.[1];
  if (credential === undefined) {
    throw new AssentError(
      'unauthenticated',
      'No credentials: send "Authorization: Bearer <key>" with an API key, a token, or one of the keys printed at start.',
    );
  }
  if (credential.length <= CREDENTIAL_MAX_CHARS) return credential;
  throw new AssentError('unauthenticated', `The credential is longer than ${CREDENTIAL_MAX_CHARS} characters.`);
}
