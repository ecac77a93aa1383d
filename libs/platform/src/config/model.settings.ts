import { Type } from 'class-transformer';
import { IsIn, IsInt, IsNumber, IsOptional, IsString, Matches, Max, Min } from 'class-validator';

export const LLM_PROVIDERS = ['openai', 'anthropic', 'google', 'openai-compatible', 'scripted'] as const;
const MAX_TOKENS_FIELDS = ['auto', 'max_tokens', 'max_completion_tokens', 'none'] as const;
const REASONING_EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh'] as const;

/** The model that plans, if there is one: where it is, its clocks, its prices, its budgets. */
export class ModelSettings {
  /** Model provider (docs/models.md). `openai`, `anthropic` and `google` need LLM_API_KEY and LLM_MODEL, `openai-compatible` needs LLM_BASE_URL and LLM_MODEL, `scripted` needs LLM_SCRIPT. Without it: `openai-compatible` if LLM_BASE_URL is set, else `scripted` if LLM_SCRIPT is. */
  @IsOptional()
  @IsIn(LLM_PROVIDERS)
  LLM_PROVIDER?: (typeof LLM_PROVIDERS)[number];

  /** Base URL of an OpenAI-compatible endpoint, with its `/v1`; or of a gateway in front of another provider, in place of its own address. */
  @IsOptional()
  @Matches(/^https?:\/\//, { message: 'LLM_BASE_URL must start with http:// or https://' })
  LLM_BASE_URL?: string;

  /** Key of the provider or of the endpoint, sent as it wants it. */
  @IsOptional()
  @IsString()
  LLM_API_KEY?: string;

  /** Name of the model. */
  @IsOptional()
  @IsString()
  LLM_MODEL?: string;

  /** Name of the limit of an answer in requests to an OpenAI-compatible endpoint. `auto`: `max_tokens`, and `max_completion_tokens` from the first refusal that asks for it. */
  @IsIn(MAX_TOKENS_FIELDS)
  LLM_MAX_TOKENS_FIELD: (typeof MAX_TOKENS_FIELDS)[number] = 'auto';

  /** How much a reasoning model may think; a model takes some of these only. Without it: the provider's default. */
  @IsOptional()
  @IsIn(REASONING_EFFORTS)
  LLM_REASONING_EFFORT?: (typeof REASONING_EFFORTS)[number];

  /** Sampling temperature; reasoning models refuse it. Without it: the provider's default. */
  @IsOptional()
  @Type(() => Number)
  @IsNumber()
  @Min(0)
  @Max(2)
  LLM_TEMPERATURE?: number;

  /** A JSON object that is merged into the body of every request to the model, over what stands there. */
  @IsOptional()
  @IsString()
  LLM_EXTRA_BODY?: string;

  /** A JSON object of further headers of every request to the model. Their values are secrets. */
  @IsOptional()
  @IsString()
  LLM_EXTRA_HEADERS?: string;

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

  /** Retries after 429, 5xx or a failed connection, with back-off. */
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(10)
  LLM_MAX_RETRIES = 3;

  /** Longest answer of one call in tokens, reasoning included. */
  @Type(() => Number)
  @IsInt()
  @Min(16)
  LLM_MAX_OUTPUT_TOKENS = 16_000;

  /** Window of the model in tokens. A conversation that comes near it loses its oldest results first. */
  @Type(() => Number)
  @IsInt()
  @Min(1_000)
  LLM_CONTEXT_TOKENS = 128_000;

  /** Longest result of a step in a conversation, in characters; what is cut is said. */
  @Type(() => Number)
  @IsInt()
  @Min(1_000)
  @Max(64_000)
  LLM_RESULT_CHARS = 40_000;

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
