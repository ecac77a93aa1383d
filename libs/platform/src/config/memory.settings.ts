import { Type } from 'class-transformer';
import { IsIn, IsInt, IsNumber, IsOptional, IsString, Matches, Max, Min } from 'class-validator';

/** Settings of recall, of the optimization agent and of its drift control. */
export class MemorySettings {
  /** Recall timeout in milliseconds; on timeout the run continues without memory. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(10_000)
  MEMORY_RECALL_MS = 250;

  /** Maximum tokens of recalled fragments in a prompt. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100_000)
  MEMORY_RECALL_TOKENS = 2_000;

  /** Maximum number of fragments for a plan. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(50)
  MEMORY_RECALL_LIMIT = 10;

  /** Minimum similarity of words and trigrams, 0 to 1, for a fragment to be recalled. */
  @Type(() => Number)
  @IsNumber()
  @Min(0)
  @Max(1)
  MEMORY_MIN_SIM = 0.15;

  /** Minimum cosine similarity of vectors, 0 to 1; it depends on the embedding model. */
  @Type(() => Number)
  @IsNumber()
  @Min(0)
  @Max(1)
  EMBEDDING_MIN_SIM = 0.5;

  /**
   * Base URL of an OpenAI-compatible endpoint for embeddings, with its /v1. Without it recall uses words and trigrams.
   */
  @IsOptional()
  @Matches(/^https?:\/\//, { message: 'EMBEDDING_BASE_URL must start with http:// or https://' })
  EMBEDDING_BASE_URL?: string;

  /** Key of the endpoint, sent as a bearer token. */
  @IsOptional()
  @IsString()
  EMBEDDING_API_KEY?: string;

  /** Name of the embedding model. */
  @IsOptional()
  @IsString()
  EMBEDDING_MODEL?: string;

  /** Timeout in milliseconds of the embedding request for a goal; on timeout recall continues without it. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(60_000)
  EMBEDDING_TIMEOUT_MS = 150;

  /** Schedule of the optimization agent: a cron expression of five fields, in UTC; `off`: on demand only. */
  @IsString()
  MEMORY_SCHEDULE = '17 * * * *';

  /** Maximum changes that one run of the agent applies to a tenant; the rest waits for the next run. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100_000)
  MEMORY_RUN_OPS = 500;

  /** Maximum model tokens that one run of the agent uses for a tenant; 0: no model calls. */
  @Type(() => Number)
  @IsInt()
  @Min(0)
  MEMORY_RUN_TOKENS = 50_000;

  /** Share of runs without their recalled fragments, 0 to 1: the control group for the gain of memory. */
  @Type(() => Number)
  @IsNumber()
  @Min(0)
  @Max(1)
  MEMORY_CONTROL_SHARE = 0.2;

  /** Number of most recent runs from which the gain is measured. */
  @Type(() => Number)
  @IsInt()
  @Min(20)
  @Max(100_000)
  MEMORY_DRIFT_WINDOW = 1_000;

  /** Minimum number of runs on each side for a judgement of the gain. */
  @Type(() => Number)
  @IsInt()
  @Min(2)
  @Max(10_000)
  MEMORY_DRIFT_MIN_RUNS = 20;

  /** `on`: drift also reverts the agent's plans of the window. */
  @IsIn(['on', 'off'])
  MEMORY_DRIFT_ROLLBACK: 'on' | 'off' = 'off';
}
