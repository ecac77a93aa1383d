import { Type } from 'class-transformer';
import { IsInt, IsOptional, IsString, Matches, Max, Min, ValidateBy } from 'class-validator';
import { isCidrList } from '../egress/address';

/** Signatures with a private key only: with a shared secret, everyone who can verify a token could forge one. */
export const TOKEN_ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA'],
];
const ALGORITHM_LIST = new RegExp(`^(?:${TOKEN_ALGORITHMS.join('|')})(?:, *(?:${TOKEN_ALGORITHMS.join('|')}))*$`);
/** Pattern of an http URL on loopback, up to its host. */
export const LOOPBACK_HTTP = String.raw`http://(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])`;
/** Keys fetched over an unencrypted network could be forged. */
const JWKS_URL = new RegExp(`^(?:https://|${LOOPBACK_HTTP}[:/])`);

/** Tokens of an identity provider, and rate limits (docs/identity.md). */
export class IdentitySettings {
  /** `iss` of accepted tokens. JSON web tokens are accepted if this, `JWT_AUDIENCE` and `JWT_JWKS_URL` are set. */
  @IsOptional()
  @IsString()
  JWT_ISSUER?: string;

  /** `aud` of accepted tokens. With `PUBLIC_URL` the addresses of the MCP endpoints are accepted, too. */
  @IsOptional()
  @IsString()
  JWT_AUDIENCE?: string;

  /** URL of the provider's public keys: https, or http on loopback. */
  @IsOptional()
  @Matches(JWKS_URL, { message: 'JWT_JWKS_URL must start with https://, or with http:// and a loopback address' })
  JWT_JWKS_URL?: string;

  /** Accepted signature algorithms, comma separated: `RS`, `PS` or `ES` with `256`, `384` or `512`, and `EdDSA`. */
  @Matches(ALGORITHM_LIST, { message: `JWT_ALGORITHMS must be a list of ${TOKEN_ALGORITHMS.join(', ')}` })
  JWT_ALGORITHMS = 'RS256,PS256,ES256,EdDSA';

  /** Allowed difference between the clocks of the provider and the server, in seconds. */
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(300)
  JWT_CLOCK_SKEW_SECONDS = 30;

  /** The tenant of every token. Without it the tenant is the claim `JWT_TENANT_CLAIM`. */
  @IsOptional()
  @IsString()
  JWT_TENANT?: string;

  /** Claim with the tenant; a dot leads into an object. */
  @IsString()
  JWT_TENANT_CLAIM = 'tenant';

  /** Claim with the subject. */
  @IsString()
  JWT_SUBJECT_CLAIM = 'sub';

  /** Claim with the scopes, as an array or space separated; unknown scopes are ignored. */
  @IsString()
  JWT_SCOPES_CLAIM = 'scope';

  /** Claim with the roles, as an array or space separated. */
  @IsString()
  JWT_ROLES_CLAIM = 'roles';

  /**
   * Client id of the console at `JWT_ISSUER`, a public client. If set, the sign-in page offers that provider
   * (authorization code with PKCE). Register `/ui/` at the console's origin as redirect URI.
   */
  @IsOptional()
  @Matches(/^[\x21-\x7e]+$/, { message: 'CONSOLE_OIDC_CLIENT_ID must be a client id without spaces' })
  CONSOLE_OIDC_CLIENT_ID?: string;

  /** Scopes that the console requests at `JWT_ISSUER`, space separated. */
  @Matches(/^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/, {
    message: 'CONSOLE_OIDC_SCOPE must be scopes with a space between them',
  })
  CONSOLE_OIDC_SCOPE = 'openid';

  /**
   * Requests per second from a principal to one replica; decisions about approvals are counted separately. 0:
   * unlimited. Default: unlimited on loopback, else 1000.
   */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(1_000_000)
  RATE_LIMIT_PER_SECOND?: number;

  /**
   * Requests per second with wrong credentials from one address to one replica. 0: unlimited. Default: unlimited on
   * loopback, else 20.
   */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(1_000_000)
  RATE_LIMIT_UNAUTHENTICATED_PER_SECOND?: number;

  /** Addresses of proxies whose `X-Forwarded-For` is trusted: CIDRs, comma separated. */
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
