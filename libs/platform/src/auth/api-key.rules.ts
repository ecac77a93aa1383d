import { ADMIN_ROLE, AssentError, type Principal, type Scope } from '@assent/contract';

/** What a new key shall be able to do. */
export interface KeyGrant {
  readonly subject: string;
  readonly scopes: readonly Scope[];
  readonly roles: readonly string[];
}

/**
 * Nobody hands out more than they have. An admin of the tenant may grant anything; anybody else only own scopes and
 * roles, and only to themselves or, if they cannot decide approvals, to names below their own (`alice/ci`): otherwise a
 * second name would be a way round the rule that nobody decides an own run.
 * @throws AssentError forbidden, naming what goes too far
 */
export function requireGrantable(creator: Principal, { subject, scopes, roles }: KeyGrant): void {
  if (creator.roles.has(ADMIN_ROLE)) return;
  const scope = scopes.find((candidate) => !creator.scopes.has(candidate));
  if (scope !== undefined) throw tooMuch(creator, `the scope ${scope}`, { scope });
  const role = roles.find((candidate) => !creator.roles.has(candidate));
  if (role !== undefined) throw tooMuch(creator, `the role "${role}"`, { role });
  if (subject === creator.subject) return;
  const below = subject.startsWith(`${creator.subject}/`);
  if (!below || creator.scopes.has('approval:decide')) throw tooMuch(creator, `the subject "${subject}"`, { subject });
}

function tooMuch(creator: Principal, what: string, details: Readonly<Record<string, string>>): AssentError {
  return new AssentError(
    'forbidden',
    `"${creator.subject}" cannot give a key ${what}: a key has at most what its creator has, unless that is an admin of the tenant ("npm run keys" is).`,
    details,
  );
}
