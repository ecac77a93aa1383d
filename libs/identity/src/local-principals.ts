import { createHash } from 'node:crypto';
import { SCOPES, type Authority, type Principal, type Scope } from '@assent/contract';
import type { PrincipalSource } from './principal.source';

export const LOCAL_TENANT = 'local';
export const LOCAL_PRINCIPALS = ['developer', 'reviewer'] as const;
export type LocalPrincipalName = (typeof LOCAL_PRINCIPALS)[number];

const DEVELOPER_SCOPES = SCOPES.filter((scope) => scope !== 'approval:decide');
const REVIEWER_SCOPES: readonly Scope[] = ['run:read', 'approval:read', 'approval:decide', 'memory:read'];

/** Prefix of the origin of keys that a built-in key created. */
export const ORIGIN_PREFIX = 'local:';
/** 96 bits: enough to distinguish the keys of one server. */
const ORIGIN_CHARS = 16;

/** null: this principal does not exist on this server. */
export type LocalKeys = Readonly<Record<LocalPrincipalName, string | null>>;

/**
 * The two built-in principals, found by key. Keys are compared by their SHA-256 digest, so that the duration of a
 * lookup reveals nothing about a guess.
 */
export class LocalPrincipals implements PrincipalSource {
  private readonly byDigest = new Map<string, Principal>();

  constructor({ developer, reviewer }: LocalKeys) {
    if (developer !== null) this.byDigest.set(digest(developer), localPrincipal('developer', DEVELOPER_SCOPES));
    if (reviewer !== null) this.byDigest.set(digest(reviewer), localPrincipal('reviewer', REVIEWER_SCOPES));
  }

  /** Identifies the current key of a principal in the rows created with it. */
  originOf(subject: string): string {
    const [found] = [...this.byDigest].find(([, principal]) => principal.subject === subject) ?? [];
    if (found === undefined) throw new Error(`there is no local principal "${subject}"`);
    return originOf(found);
  }

  /** Whether a key named by `originOf` is still the current key of a principal. */
  hasOrigin(origin: string): boolean {
    return [...this.byDigest.keys()].some((known) => originOf(known) === origin);
  }

  /** Whether both seats exist on this server, so that one person can use both. */
  get hasBoth(): boolean {
    return this.byDigest.size === LOCAL_PRINCIPALS.length;
  }

  /** In the order of their names. */
  get all(): readonly Principal[] {
    return [...this.byDigest.values()];
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

/** A hash of the digest by which keys are found: neither can be derived from the stored value. */
function originOf(keyDigest: string): string {
  return `${ORIGIN_PREFIX}${digest(`origin ${keyDigest}`).slice(0, ORIGIN_CHARS)}`;
}

function digest(key: string): string {
  return createHash('sha256').update(key).digest('base64');
}
