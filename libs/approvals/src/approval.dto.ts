import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, IsUUID, Max, MaxLength, Min } from 'class-validator';
import { APPROVAL_STATES, COMMENT_MAX_CHARS, type ApprovalState } from '@assent/contract';

const PAGE_MAX = 100;
const NAME_MAX_CHARS = 128;

/** `GET /approvals` */
export class ApprovalQueryDto {
  @IsOptional()
  @IsIn(APPROVAL_STATES)
  state?: ApprovalState;

  @IsOptional()
  @IsUUID()
  runId?: string;

  @IsOptional()
  @IsString()
  @MaxLength(NAME_MAX_CHARS)
  tool?: string;

  @IsOptional()
  @IsString()
  @MaxLength(NAME_MAX_CHARS)
  cursor?: string;

  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(PAGE_MAX)
  limit?: number;
}

/** Body of a decision. The content it is about is named by the `If-Match` header. */
export class DecisionDto {
  @IsOptional()
  @IsString()
  @MaxLength(COMMENT_MAX_CHARS)
  comment?: string;
}
