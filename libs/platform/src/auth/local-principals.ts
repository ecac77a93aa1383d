import { createHash } from 'node:crypto';
import { SCOPES, type Authority, type Principal, type Scope } from '@assent/contract';
import type { PrincipalSource } from './principal.source';

export const LOCAL_TENANT = 'local';

const DEVELOPER_SCOPES = SCOPES.filter((scope) => scope !== 'approval:decide');
const REVIEWER_SCOPES: readonly Scope[] = ['run:read', 'approval:read', 'approval:decide', 'memory:read'];

/** null: this principal does not exist here. */
export interface LocalKeys {
  readonly developer: string | null;
  readonly reviewer: string | null;
}

/**
 * The two built-in principals, found by key. Keys are compared by their SHA-256 digest, so that the time of a look-up
 * says nothing about how many characters of a guess were right.
 */
export class LocalPrincipals implements PrincipalSource {
  private readonly byDigest = new Map<string, Principal>();

  constructor({ developer, reviewer }: LocalKeys) {
    if (developer !== null) this.byDigest.set(digest(developer), localPrincipal('developer', DEVELOPER_SCOPES));
    if (reviewer !== null) this.byDigest.set(digest(reviewer), localPrincipal('reviewer', REVIEWER_SCOPES));
  }

  authenticate(credential: string): Principal | null {
    return this.byDigest.get(digest(credential)) ?? null;
  }

  scopesOf(tenantId: string, subject: string, authority: Authority | null): ReadonlySet<Scope> | null {
    if (authority !== null && authority.credential !== 'local') return null;
    const principal = [...this.byDigest.values()].find(
      (candidate) => candidate.tenantId === tenantId && candidate.subject === subject,
    );
    return principal?.scopes ?? null;
  }
}

function localPrincipal(subject: string, scopes: readonly Scope[]): Principal {
  return { tenantId: LOCAL_TENANT, subject, scopes: new Set(scopes), roles: new Set([subject]), credential: 'local' };
}

function digest(key: string): string {
  return createHash('sha256').update(key).digest('base64');
}
