import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Matches, Max, Min, ValidateBy } from 'class-validator';
import { isCidrList } from '../egress/address';

/** Signatures that need a private key: with a shared secret, everyone who can verify a token could forge one. */
export const TOKEN_ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA'],
];
const ALGORITHM_LIST = new RegExp(`^(?:${TOKEN_ALGORITHMS.join('|')})(?:, *(?:${TOKEN_ALGORITHMS.join('|')}))*$`);
/** Keys that come in clear over a network could be anybody's. */
const JWKS_URL = /^(?:https:\/\/|http:\/\/(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])[:/])/;

/** Tokens of an identity provider, and how often somebody may call (docs/identity.md). */
export class IdentitySettings {
  /** `iss` of accepted tokens. With `JWT_AUDIENCE` and `JWT_JWKS_URL` it turns JSON web tokens on. */
  @IsOptional()
  @IsString()
  JWT_ISSUER?: string;

  /** `aud` of accepted tokens. */
  @IsOptional()
  @IsString()
  JWT_AUDIENCE?: string;

  /** Where the provider publishes its public keys: https, or http on loopback. */
  @IsOptional()
  @Matches(JWKS_URL, { message: 'JWT_JWKS_URL must start with https://, or with http:// and a loopback address' })
  JWT_JWKS_URL?: string;

  /** Signatures to accept, comma separated: `RS`, `PS` or `ES` with `256`, `384` or `512`, and `EdDSA`. */
  @Matches(ALGORITHM_LIST, { message: `JWT_ALGORITHMS must be a list of ${TOKEN_ALGORITHMS.join(', ')}` })
  JWT_ALGORITHMS = 'RS256,PS256,ES256,EdDSA';

  /** Seconds by which the clocks of the provider and the server may differ. */
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(300)
  JWT_CLOCK_SKEW_SECONDS = 30;

  /** The tenant of every token. Without it the tenant is the claim `JWT_TENANT_CLAIM`. */
  @IsOptional()
  @IsString()
  JWT_TENANT?: string;

  /** Claim that holds the tenant; dots lead into objects. */
  @IsString()
  JWT_TENANT_CLAIM = 'tenant';

  /** Claim that holds the subject. */
  @IsString()
  JWT_SUBJECT_CLAIM = 'sub';

  /** Claim that holds the scopes, as an array or with spaces between; those that the server does not know are left out. */
  @IsString()
  JWT_SCOPES_CLAIM = 'scope';

  /** Claim that holds the roles, as an array or with spaces between. */
  @IsString()
  JWT_ROLES_CLAIM = 'roles';

  /** Requests that a principal may send to one replica in a second; decisions about approvals are counted apart. 0: any number. Default: any number on loopback, else 1000. */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(1_000_000)
  RATE_LIMIT_PER_SECOND?: number;

  /** Requests with wrong credentials that one address may send to one replica in a second. 0: any number. Default: any number on loopback, else 20. */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(1_000_000)
  RATE_LIMIT_UNAUTHENTICATED_PER_SECOND?: number;

  /** Addresses of proxies whose `X-Forwarded-For` is believed: CIDRs, comma separated. */
  @IsOptional()
  @ValidateBy({
    name: 'isCidrList',
    validator: {
      validate: isCidrList,
      defaultMessage: () => 'TRUSTED_PROXIES must be address ranges like 10.0.0.0/8,fd00::/8',
    },
  })
  TRUSTED_PROXIES?: string;
}
