import { AssentError, SCOPES, type Principal } from '@assent/contract';
import { type Config, isPrincipalName, isSubjectName } from '@assent/platform';

export type TokenSettings = NonNullable<Config['tokens']>;

const ROLES_MAX = 256;
const MS_PER_SECOND = 1_000;

/**
 * The principal that a verified token names.
 * @throws AssentError unauthenticated: a claim is missing or has no usable name
 */
export function principalOfClaims(claims: Readonly<Record<string, unknown>>, settings: TokenSettings): Principal {
  const scopes = new Set(stringsOf(claimOf(claims, settings.scopesClaim)));
  return {
    tenantId: settings.tenant ?? name(claims, settings.tenantClaim, isPrincipalName),
    subject: name(claims, settings.subjectClaim, isSubjectName),
    scopes: new Set(SCOPES.filter((scope) => scopes.has(scope))),
    roles: new Set(stringsOf(claimOf(claims, settings.rolesClaim)).filter(isPrincipalName).slice(0, ROLES_MAX)),
    credential: 'token',
    ...(typeof claims['exp'] === 'number' ? { expiresAt: new Date(claims['exp'] * MS_PER_SECOND) } : {}),
  };
}

function name(claims: Readonly<Record<string, unknown>>, claim: string, isUsable: (name: string) => boolean): string {
  const value = claimOf(claims, claim);
  if (typeof value === 'string' && isUsable(value)) return value;
  const what = value === undefined ? 'lacks the claim' : 'has no usable name in the claim';
  throw new AssentError('unauthenticated', `The token ${what} "${claim}". Ask the operator of the identity provider.`);
}

/** The claim with exactly this name (providers use URLs), else the nested claim at this dotted path. */
function claimOf(claims: Readonly<Record<string, unknown>>, claim: string): unknown {
  if (Object.hasOwn(claims, claim)) return claims[claim];
  return claim.split('.').reduce<unknown>((inside, key) => {
    if (typeof inside !== 'object' || inside === null || !Object.hasOwn(inside, key)) return undefined;
    return (inside as Record<string, unknown>)[key];
  }, claims);
}

function stringsOf(value: unknown): string[] {
  if (typeof value === 'string') return value.split(/\s+/).filter((word) => word !== '');
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
