import { Type } from 'class-transformer';
import { IsIn, IsInt, IsNumber, IsOptional, IsString, Matches, Max, Min } from 'class-validator';

/** What is recalled, how it is compared, when the optimization agent works, and when it stops itself. */
export class MemorySettings {
  /** Recall timeout in milliseconds; on timeout the run continues without memory. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(10_000)
  MEMORY_RECALL_MS = 250;

  /** Tokens that recalled fragments may take in a prompt. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100_000)
  MEMORY_RECALL_TOKENS = 2_000;

  /** Fragments a plan is given at most. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(50)
  MEMORY_RECALL_LIMIT = 10;

  /** Least similarity of words and trigrams, 0 to 1; what is below is not recalled. */
  @Type(() => Number)
  @IsNumber()
  @Min(0)
  @Max(1)
  MEMORY_MIN_SIM = 0.15;

  /** Least cosine similarity of vectors, 0 to 1: it fits one embedding model only. */
  @Type(() => Number)
  @IsNumber()
  @Min(0)
  @Max(1)
  EMBEDDING_MIN_SIM = 0.5;

  /** Base URL of an OpenAI-compatible endpoint for embeddings, with its /v1. Without it recall goes by words and trigrams. */
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

  /** When the optimization agent works: a cron expression of five fields, in UTC; `off`: on demand only. */
  @IsString()
  MEMORY_SCHEDULE = '17 * * * *';

  /** Changes one run of the agent may apply to a tenant; the rest waits for the next one. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100_000)
  MEMORY_RUN_OPS = 500;

  /** Model tokens one run of the agent may use for a tenant; 0: it never asks a model. */
  @Type(() => Number)
  @IsInt()
  @Min(0)
  MEMORY_RUN_TOKENS = 50_000;

  /** Share of runs that go without what was found for them, 0 to 1: the control that the gain is measured against. */
  @Type(() => Number)
  @IsNumber()
  @Min(0)
  @Max(1)
  MEMORY_CONTROL_SHARE = 0.2;

  /** Runs that the gain is measured over, the newest. */
  @Type(() => Number)
  @IsInt()
  @Min(20)
  @Max(100_000)
  MEMORY_DRIFT_WINDOW = 1_000;

  /** Runs that each side needs before a gain is judged. */
  @Type(() => Number)
  @IsInt()
  @Min(2)
  @Max(10_000)
  MEMORY_DRIFT_MIN_RUNS = 20;

  /** `on`: drift also takes back the agent's plans of the window. */
  @IsIn(['on', 'off'])
  MEMORY_DRIFT_ROLLBACK: 'on' | 'off' = 'off';
}
