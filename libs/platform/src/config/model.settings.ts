import { Type } from 'class-transformer';
import { IsIn, IsInt, IsNumber, IsOptional, IsString, Matches, Max, Min } from 'class-validator';

export const LLM_PROVIDERS = ['openai-compatible', 'scripted'] as const;

/** The model that plans, if there is one: where it is, its clocks, its prices, its budgets. */
export class ModelSettings {
  /** Model provider (docs/models.md). `openai-compatible` needs LLM_BASE_URL and LLM_MODEL, `scripted` needs LLM_SCRIPT. Without it: the first if LLM_BASE_URL is set, else the second if LLM_SCRIPT is. */
  @IsOptional()
  @IsIn(LLM_PROVIDERS)
  LLM_PROVIDER?: (typeof LLM_PROVIDERS)[number];

  /** Base URL of an OpenAI-compatible endpoint, with its `/v1`. */
  @IsOptional()
  @Matches(/^https?:\/\//, { message: 'LLM_BASE_URL must start with http:// or https://' })
  LLM_BASE_URL?: string;

  /** Key of the endpoint, sent as a bearer token. */
  @IsOptional()
  @IsString()
  LLM_API_KEY?: string;

  /** Name of the model. */
  @IsOptional()
  @IsString()
  LLM_MODEL?: string;

  /** Replies of the scripted provider, a JSON file (docs/models.md). */
  @IsOptional()
  @IsString()
  LLM_SCRIPT?: string;

  /** Milliseconds a model may take until its answer begins (headers). */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  LLM_HEADERS_TIMEOUT_MS = 30_000;

  /** Milliseconds from the headers to the first content. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  LLM_FIRST_CONTENT_TIMEOUT_MS = 60_000;

  /** Milliseconds between two pieces of content. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  LLM_GAP_TIMEOUT_MS = 30_000;

  /** Milliseconds one call may take in all, retries not counted. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  LLM_TOTAL_TIMEOUT_MS = 300_000;

  /** Further tries after 429, 5xx or a failed connection, with back-off. */
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(10)
  LLM_MAX_RETRIES = 3;

  /** Longest answer of one call in tokens. */
  @Type(() => Number)
  @IsInt()
  @Min(16)
  LLM_MAX_OUTPUT_TOKENS = 4_096;

  /** Price of a million input tokens in US dollars; 0: costs are not counted. */
  @Type(() => Number)
  @IsNumber()
  @Min(0)
  LLM_INPUT_USD_PER_MILLION = 0;

  /** Price of a million output tokens in US dollars. */
  @Type(() => Number)
  @IsNumber()
  @Min(0)
  LLM_OUTPUT_USD_PER_MILLION = 0;

  /** Tokens one run may use; `start.budget.tokens` can only lower it. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  LLM_RUN_TOKENS = 200_000;

  /** US dollars one run may cost; `start.budget.costUsd` can only lower it. */
  @Type(() => Number)
  @IsNumber()
  @Min(0)
  LLM_RUN_COST_USD = 5;

  /** Tokens all runs of a tenant may use in 24 hours. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  LLM_TENANT_DAILY_TOKENS = 20_000_000;

  /** US dollars all runs of a tenant may cost in 24 hours. */
  @Type(() => Number)
  @IsNumber()
  @Min(0)
  LLM_TENANT_DAILY_COST_USD = 200;
}
