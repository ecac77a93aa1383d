import { IsIn, IsOptional, Matches, MinLength } from 'class-validator';

/** Shortest accepted API key; a 32 character random key cannot be guessed. */
export const KEY_MIN_CHARS = 32;
/** What an Authorization header can carry. */
const PRINTABLE = /^[\x21-\x7e]+$/;

/** Who may call, and who may decide. */
export class AccessSettings {
  /** Key of the local principal `developer` (every scope but approval:decide). Generated and kept in DATA_DIR by default. */
  @IsOptional()
  @MinLength(KEY_MIN_CHARS)
  @Matches(PRINTABLE, { message: 'DEVELOPER_KEY must be printable ASCII without spaces' })
  DEVELOPER_KEY?: string;

  /** Key of the local principal `reviewer` (run:read approval:read approval:decide memory:read). */
  @IsOptional()
  @MinLength(KEY_MIN_CHARS)
  @Matches(PRINTABLE, { message: 'REVIEWER_KEY must be printable ASCII without spaces' })
  REVIEWER_KEY?: string;

  /** `allow` lets a principal decide what its own run asked for. */
  @IsIn(['allow', 'deny'])
  SELF_APPROVAL: 'allow' | 'deny' = 'deny';
}
