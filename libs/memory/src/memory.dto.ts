import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, IsUUID, Length, Max, Min } from 'class-validator';
import { ApiPropertyOptional, ApiProperty } from '@nestjs/swagger';
import {
  FRAGMENT_STATES,
  GOAL_MAX_CHARS,
  META_PROMPT_STATUSES,
  PLAN_STATES,
  type FragmentState,
  type MetaPromptStatus,
  type PlanState,
} from '@assent/contract';

const PAGE_MAX = 100;
const NAME_MAX_CHARS = 256;

export class PageDto {
  @ApiPropertyOptional({ description: 'From the previous page' })
  @IsOptional()
  @IsString()
  @Length(1, 512)
  cursor?: string;

  @ApiPropertyOptional({ minimum: 1, maximum: PAGE_MAX, default: 20 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(PAGE_MAX)
  limit?: number;
}

export class FragmentQueryDto extends PageDto {
  @ApiPropertyOptional({ enum: FRAGMENT_STATES })
  @IsOptional()
  @IsIn(FRAGMENT_STATES)
  status?: FragmentState;

  @ApiPropertyOptional()
  @IsOptional()
  @Length(1, NAME_MAX_CHARS)
  agent?: string;

  @ApiPropertyOptional()
  @IsOptional()
  @Length(1, NAME_MAX_CHARS)
  tag?: string;

  @ApiPropertyOptional({ format: 'uuid', description: 'Left by this run' })
  @IsOptional()
  @IsUUID()
  runId?: string;
}

export class SearchQueryDto {
  @ApiProperty({ maxLength: GOAL_MAX_CHARS })
  @IsString()
  @Length(1, GOAL_MAX_CHARS)
  query!: string;

  @ApiPropertyOptional({ description: 'Only what this agent would recall' })
  @IsOptional()
  @Length(1, NAME_MAX_CHARS)
  agent?: string;

  @ApiPropertyOptional({ minimum: 1, maximum: PAGE_MAX, default: 20 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(PAGE_MAX)
  limit?: number;
}

export class PlanQueryDto extends PageDto {
  @ApiPropertyOptional({ enum: PLAN_STATES })
  @IsOptional()
  @IsIn(PLAN_STATES)
  state?: PlanState;
}

export class MetaPromptQueryDto extends PageDto {
  @ApiPropertyOptional()
  @IsOptional()
  @Length(1, NAME_MAX_CHARS)
  family?: string;

  @ApiPropertyOptional({ enum: META_PROMPT_STATUSES })
  @IsOptional()
  @IsIn(META_PROMPT_STATUSES)
  status?: MetaPromptStatus;
}
