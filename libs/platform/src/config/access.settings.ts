import { IsIn, IsOptional, Matches, MinLength } from 'class-validator';

/** Minimum length of a key; a random key of 32 characters cannot be guessed. */
export const KEY_MIN_CHARS = 32;
/** Characters allowed in an Authorization header. */
const PRINTABLE = /^[\x21-\x7e]+$/;

/** Authentication of callers, and permission to decide. */
export class AccessSettings {
  /** Key of the local principal `developer`: every scope but `approval:decide`. Without it one is generated and kept in DATA_DIR. */
  @IsOptional()
  @MinLength(KEY_MIN_CHARS)
  @Matches(PRINTABLE, { message: 'DEVELOPER_KEY must be printable ASCII without spaces' })
  DEVELOPER_KEY?: string;

  /** Key of the local principal `reviewer`: `run:read`, `approval:read`, `approval:decide`, `memory:read`. Without it one is generated and kept in DATA_DIR. */
  @IsOptional()
  @MinLength(KEY_MIN_CHARS)
  @Matches(PRINTABLE, { message: 'REVIEWER_KEY must be printable ASCII without spaces' })
  REVIEWER_KEY?: string;

  /**
   * Tenants whose principals with `tool:admin` may trust tools of MCP servers; names, separated by commas. Servers are shared by
   * all tenants, so others cannot decide that (docs/tools.md).
   */
  @Matches(/^[A-Za-z0-9._-]{1,128}( *, *[A-Za-z0-9._-]{1,128})*$/, {
    message: 'TOOL_TRUST_TENANTS must be names of tenants, separated by commas',
  })
  TOOL_TRUST_TENANTS = 'local';

  /**
   * Whether untrusted tools of MCP servers also create approvals in the inbox of those tenants. Then everyone who may
   * decide approvals can also grant that trust, unless an approval policy for `tool_trust` requires more
   * (docs/approvals.md#other-subjects).
   */
  @IsIn(['on', 'off'])
  TOOL_TRUST_APPROVALS: 'on' | 'off' = 'off';

  /** Whether a principal may decide what its own run asked for (docs/operations.md). */
  @IsIn(['allow', 'deny'])
  SELF_APPROVAL: 'allow' | 'deny' = 'deny';
}
