import { ADMIN_ROLE, AssentError, type Principal, type Scope } from '@assent/contract';

/** What a key can do. */
export interface KeyGrant {
  readonly subject: string;
  readonly scopes: readonly Scope[];
  readonly roles: readonly string[];
}

/**
 * A grant cannot exceed the issuer's own rights. An admin of the tenant may grant any scope, role and subject; others
 * only their own scopes and roles, and only to themselves or, if they cannot decide approvals, to sub-identities
 * (`alice/ci`): a second name would otherwise circumvent the rule that nobody decides their own run.
 * @throws AssentError forbidden, naming what goes too far
 */
export function requireGrantable(creator: Principal, grant: KeyGrant): void {
  if (creator.roles.has(ADMIN_ROLE)) return;
  const missing = beyond(creator, grant);
  if (missing) throw tooMuch(creator, missing.what, missing.details);
  if (grant.subject !== creator.subject && creator.scopes.has('approval:decide'))
    throw tooMuch(creator, `the subject "${grant.subject}"`, { subject: grant.subject });
}

/**
 * When a key ends that this creator makes: with the creator's own credential at the latest, an admin's too. Otherwise a
 * credential that leaked for an hour would leave a key behind for good.
 * @param requested null: as late as possible
 * @throws AssentError forbidden: later than the creator's own end
 */
export function grantedExpiry(creator: Principal, requested: Date | null): Date | null {
  const end = creator.expiresAt ?? null;
  if (end === null || requested === null) return requested ?? end;
  if (requested <= end) return requested;
  throw new AssentError(
    'forbidden',
    `"${creator.subject}" cannot make a key that ends after its own credential, at ${end.toISOString()}: name no later time, or use "npm run keys".`,
    { expiresAt: end.toISOString() },
  );
}

/**
 * A revocation cannot exceed the caller's own rights: only an admin revokes a key that can do more than the caller, or
 * belongs to another person. How long the key would live does not matter: a leaked one can be stopped with any
 * credential as powerful.
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

/** The first thing of a key that goes beyond a principal. */
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
    `"${creator.subject}" cannot give a key ${what}: a key has at most what its creator has, unless that is an admin of the tenant ("npm run keys" is).`,
    details,
  );
}
