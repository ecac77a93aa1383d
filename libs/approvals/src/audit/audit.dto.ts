import { Type } from 'class-transformer';
import { IsInt, IsISO8601, IsOptional, IsString, IsUUID, Matches, Max, MaxLength, Min } from 'class-validator';

const PAGE_MAX = 100;
const NAME_MAX_CHARS = 256;
const POSITION = /^\d{1,15}$/;

/** `GET /audit` */
export class AuditQueryDto {
  @IsOptional()
  @IsString()
  @MaxLength(NAME_MAX_CHARS)
  action?: string;

  @IsOptional()
  @IsString()
  @MaxLength(NAME_MAX_CHARS)
  actor?: string;

  @IsOptional()
  @IsString()
  @MaxLength(NAME_MAX_CHARS)
  subjectType?: string;

  @IsOptional()
  @IsString()
  @MaxLength(NAME_MAX_CHARS)
  subjectId?: string;

  @IsOptional()
  @IsUUID()
  runId?: string;

  @IsOptional()
  @IsISO8601({ strict: true })
  from?: string;

  /** Not included. */
  @IsOptional()
  @IsISO8601({ strict: true })
  to?: string;

  @IsOptional()
  @Matches(POSITION)
  cursor?: string;

  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(PAGE_MAX)
  limit?: number;
}

/** `GET /audit/export` */
export class AuditExportDto {
  /** Position of the last line that was exported before. */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  after?: number;
}
