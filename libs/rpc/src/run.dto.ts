import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsUUID, Max, Min } from 'class-validator';
import { RUN_STATES, type RunState } from '@assent/contract';

const PAGE_MAX = 100;

/** `GET /runs` */
export class RunQueryDto {
  @IsOptional()
  @IsIn(RUN_STATES)
  state?: RunState;

  @IsOptional()
  @IsUUID()
  cursor?: string;

  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(PAGE_MAX)
  limit?: number;
}
