import { createHash } from 'node:crypto';
import { AssentError, SCOPES, type Principal, type Scope } from '@assent/contract';

const LOCAL_TENANT = 'local';

const DEVELOPER_SCOPES = SCOPES.filter((scope) => scope !== 'approval:decide');
const REVIEWER_SCOPES: readonly Scope[] = ['run:read', 'approval:read', 'approval:decide', 'memory:read'];

const BEARER = /^Bearer ([\x21-\x7e]{1,4096})$/i;

export interface LocalKeys {
  readonly developer: string;
  readonly reviewer: string;
}

/**
 * The two built-in principals, found by key. Keys are compared by their SHA-256 digest, so that the time of a look-up
 * says nothing about how many characters of a guess were right.
 */
export class LocalPrincipals {
  private readonly byDigest: ReadonlyMap<string, Principal>;

  constructor(keys: LocalKeys) {
    this.byDigest = new Map([
      [digest(keys.developer), localPrincipal('developer', DEVELOPER_SCOPES)],
      [digest(keys.reviewer), localPrincipal('reviewer', REVIEWER_SCOPES)],
    ]);
  }

  /** Whose key an `Authorization` header carries. @throws AssentError unauthenticated */
  authenticate(authorization: string | undefined): Principal {
    const key = authorization === undefined ? undefined : BEARER.exec(authorization)?.[1];
    if (key === undefined) {
      throw new AssentError(
        'unauthenticated',
        'No credentials: send "Authorization: Bearer <key>" with one of the keys printed at start.',
      );
    }
    const principal = this.byDigest.get(digest(key));
    if (principal) return principal;
    throw new AssentError('unauthenticated', 'This key is not known: use one of the keys printed at start.');
  }

  /** What a subject may do now, for work on its behalf; null when there is no such principal (any more). */
  scopesOf(tenantId: string, subject: string): ReadonlySet<Scope> | null {
    const principal = [...this.byDigest.values()].find(
      (candidate) => candidate.tenantId === tenantId && candidate.subject === subject,
    );
    return principal?.scopes ?? null;
  }
}

function localPrincipal(subject: string, scopes: readonly Scope[]): Principal {
  return { tenantId: LOCAL_TENANT, subject, scopes: new Set(scopes), roles: new Set([subject]) };
}

function digest(key: string): string {
  return createHash('sha256').update(key).digest('base64');
}
