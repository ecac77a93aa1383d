import { AssentError, SCOPES, type Principal } from '@assent/contract';
import type { Config } from '../config/config';
import { isPrincipalName } from './principal.name';

export type TokenSettings = NonNullable<Config['tokens']>;

const ROLES_MAX = 256;

/**
 * The principal that a verified token names.
 * @throws AssentError unauthenticated: a claim is missing, or no usable name
 */
export function principalOfClaims(claims: Readonly<Record<string, unknown>>, settings: TokenSettings): Principal {
  const scopes = new Set(words(claimOf(claims, settings.scopesClaim)));
  return {
    tenantId: settings.tenant ?? name(claims, settings.tenantClaim),
    subject: name(claims, settings.subjectClaim),
    scopes: new Set(SCOPES.filter((scope) => scopes.has(scope))),
    roles: new Set(words(claimOf(claims, settings.rolesClaim)).filter(isPrincipalName).slice(0, ROLES_MAX)),
    credential: 'token',
  };
}

function name(claims: Readonly<Record<string, unknown>>, claim: string): string {
  const value = claimOf(claims, claim);
  if (typeof value === 'string' && isPrincipalName(value)) return value;
  const what = value === undefined ? 'lacks the claim' : 'has no usable name in the claim';
  throw new AssentError('unauthenticated', `The token ${what} "${claim}": ask whoever runs the identity provider.`);
}

/** A claim of exactly this name (providers use URLs), else the path that its dots describe. */
function claimOf(claims: Readonly<Record<string, unknown>>, claim: string): unknown {
  if (Object.hasOwn(claims, claim)) return claims[claim];
  return claim.split('.').reduce<unknown>((inside, key) => {
    if (typeof inside !== 'object' || inside === null || !Object.hasOwn(inside, key)) return undefined;
    return (inside as Record<string, unknown>)[key];
  }, claims);
}

function words(value: unknown): string[] {
  if (typeof value === 'string') return value.split(/\s+/).filter((word) => word !== '');
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
