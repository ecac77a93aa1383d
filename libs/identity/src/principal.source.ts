import { AssentError, type Authority, type Principal, type Scope } from '@assent/contract';

/** Long enough for a token with many claims, below the limit of all request headers (16 KiB). */
const CREDENTIAL_MAX_CHARS = 8_192;
const BEARER = /^Bearer +([\x21-\x7e]+)$/i;

/** Seconds until every replica knows that a key was revoked, or that an identity provider's key is gone. */
export const IDENTITY_CACHE_SECONDS = 5;
/** Maximum number of credentials in the cache of one replica: a few megabytes. */
export const IDENTITY_CACHE_ENTRIES = 10_000;

/** One kind of credentials. */
export interface PrincipalSource {
  /**
   * The principal of a credential. MUST return null without any lookup if it does not have the form of this kind.
   * @throws AssentError unauthenticated: it has the form, but is not valid
   */
  authenticate(credential: string): Principal | null | Promise<Principal | null>;

  /**
   * The current permissions for work on behalf of a subject. MUST NOT exceed the authority.
   * @returns null: it is not from this source, or has lost all permissions
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
      'There are no credentials. Send "Authorization: Bearer <key>" with an API key, a token, or one of the keys printed at start.',
    );
  }
  if (credential.length <= CREDENTIAL_MAX_CHARS) return credential;
  throw new AssentError(
    'unauthenticated',
    `The credential is longer than ${CREDENTIAL_MAX_CHARS} characters. Send a shorter one.`,
  );
}
