import { ADMIN_ROLE, AssentError, type Principal, type Scope } from '@assent/contract';

/** The permissions of a key. */
export interface KeyGrant {
  readonly subject: string;
  readonly scopes: readonly Scope[];
  readonly roles: readonly string[];
}

/**
 * A grant cannot exceed the issuer's own rights. A tenant admin may grant any scope, role and subject. Others may grant
 * only their own scopes and roles, and only to themselves or, if they cannot decide approvals, to sub-identities
 * (`alice/ci`): a second name would otherwise circumvent the rule that nobody decides their own run.
 * @throws AssentError forbidden, naming the excess
 */
export function requireGrantable(creator: Principal, grant: KeyGrant): void {
  if (creator.roles.has(ADMIN_ROLE)) return;
  const missing = beyond(creator, grant);
  if (missing) throw tooMuch(creator, missing.what, missing.details);
  if (grant.subject !== creator.subject && creator.scopes.has('approval:decide'))
    throw tooMuch(creator, `the subject "${grant.subject}"`, { subject: grant.subject });
}

/**
 * Refuses a session, because keys and mapped accounts that it created would outlive it, and a key that is restricted to
 * some tools, because keys that it created would not be restricted.
 * @throws AssentError forbidden
 */
export function requireKeyMaker({ subject, isSession, toolAccess }: Principal): void {
  if (toolAccess) {
    throw new AssentError(
      'forbidden',
      `The key of "${subject}" is restricted to tools of the MCP gateway, so it cannot make keys, identities or sessions: use another credential.`,
    );
  }
  if (!isSession) return;
  throw new AssentError(
    'forbidden',
    `A session of "${subject}" cannot make keys, identities or further sessions: use the credential that opened it.`,
  );
}

/**
 * The end of a new key: not later than the end of the creator's credential, even for an admin. Otherwise a credential
 * that leaked for an hour could leave a permanent key.
 * @param requested null: as late as possible
 * @throws AssentError forbidden: later than the creator's own end
 */
export function grantedExpiry(creator: Principal, requested: Date | null): Date | null {
  const end = creator.expiresAt ?? null;
  if (end === null || requested === null) return requested ?? end;
  if (requested <= end) return requested;
  throw new AssentError(
    'forbidden',
    `"${creator.subject}" cannot create a key that ends after its own credential, at ${end.toISOString()}. Give an earlier time, or use "npm run keys".`,
    { expiresAt: end.toISOString() },
  );
}

/**
 * A revocation cannot exceed the caller's own rights: only an admin revokes a key with more rights than the caller, or
 * a key of another person. The end of the key does not matter: any credential with the same rights can stop a leaked
 * key.
 * @throws AssentError forbidden, naming what the caller lacks
 */
export function requireRevocable(principal: Principal, key: KeyGrant & { readonly id: string }): void {
  if (principal.roles.has(ADMIN_ROLE)) return;
  const missing = beyond(principal, key);
  if (!missing) return;
  throw new AssentError(
    'forbidden',
    `"${principal.subject}" cannot revoke the API key ${key.id}: it has ${missing.what}. Ask an admin of the tenant, or use "npm run keys -- revoke ${key.id}".`,
    missing.details,
  );
}

/** The first permission of a key that exceeds a principal's. */
function beyond(
  principal: Principal,
  { subject, scopes, roles }: KeyGrant,
): { what: string; details: Readonly<Record<string, string>> } | null {
  const scope = scopes.find((candidate) => !principal.scopes.has(candidate));
  if (scope !== undefined) return { what: `the scope ${scope}`, details: { scope } };
  const role = roles.find((candidate) => !principal.roles.has(candidate));
  if (role !== undefined) return { what: `the role "${role}"`, details: { role } };
  if (subject === principal.subject || subject.startsWith(`${principal.subject}/`)) return null;
  return { what: `the subject "${subject}"`, details: { subject } };
}

function tooMuch(creator: Principal, what: string, details: Readonly<Record<string, string>>): AssentError {
  return new AssentError(
    'forbidden',
    `"${creator.subject}" cannot grant ${what}: a key has at most its creator's rights. Ask an admin of the tenant, or use "npm run keys".`,
    details,
  );
}
