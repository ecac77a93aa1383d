import { Type } from 'class-transformer';
import { IsIn, IsInt, IsNumber, IsOptional, IsString, Matches, Max, Min } from 'class-validator';

const LLM_PROVIDERS = ['openai', 'anthropic', 'google', 'openai-compatible', 'scripted'] as const;
export type LlmProvider = (typeof LLM_PROVIDERS)[number];
const MAX_TOKENS_FIELDS = ['auto', 'max_tokens', 'max_completion_tokens', 'none'] as const;
const REASONING_EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh'] as const;

/** The planning model, if any: its endpoint, timeouts, prices and budgets. */
export class ModelSettings {
  /** Model provider (docs/models.md). `openai`, `anthropic` and `google` need LLM_API_KEY and LLM_MODEL, `openai-compatible` needs LLM_BASE_URL and LLM_MODEL, `scripted` needs LLM_SCRIPT. Without it: `openai-compatible` if LLM_BASE_URL is set, else `scripted` if LLM_SCRIPT is. */
  @IsOptional()
  @IsIn(LLM_PROVIDERS)
  LLM_PROVIDER?: LlmProvider;

  /**
   * Base URL of an OpenAI-compatible endpoint, with its `/v1`; or of a gateway in front of another provider, instead of
   * its own address.
   */
  @IsOptional()
  @Matches(/^https?:\/\//, { message: 'LLM_BASE_URL must start with http:// or https://' })
  LLM_BASE_URL?: string;

  /** API key of the provider or the endpoint. */
  @IsOptional()
  @IsString()
  LLM_API_KEY?: string;

  /** Name of the model. */
  @IsOptional()
  @IsString()
  LLM_MODEL?: string;

  /**
   * Parameter name of the answer limit in requests to an OpenAI-compatible endpoint. `auto`: `max_tokens`, and
   * `max_completion_tokens` after the first refusal that asks for it.
   */
  @IsIn(MAX_TOKENS_FIELDS)
  LLM_MAX_TOKENS_FIELD: (typeof MAX_TOKENS_FIELDS)[number] = 'auto';

  /**
   * Reasoning effort of a reasoning model; each model supports only some values. Without it: the provider's default.
   */
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

  /** A JSON object that is merged into the body of every request to the model; it overrides existing properties. */
  @IsOptional()
  @IsString()
  LLM_EXTRA_BODY?: string;

  /** A JSON object of additional headers for every request to the model. Their values are secrets. */
  @IsOptional()
  @IsString()
  LLM_EXTRA_HEADERS?: string;

  /** Replies of the scripted provider, a JSON file (docs/models.md). */
  @IsOptional()
  @IsString()
  LLM_SCRIPT?: string;

  /** Timeout in milliseconds until the answer of a model begins (headers). */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  LLM_HEADERS_TIMEOUT_MS = 30_000;

  /** Timeout in milliseconds from the headers to the first content. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  LLM_FIRST_CONTENT_TIMEOUT_MS = 60_000;

  /** Timeout in milliseconds between two pieces of content. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  LLM_GAP_TIMEOUT_MS = 30_000;

  /** Timeout in milliseconds of one call in total, without retries. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  LLM_TOTAL_TIMEOUT_MS = 300_000;

  /** Maximum retries after 429, 5xx or a failed connection, with exponential backoff. */
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(10)
  LLM_MAX_RETRIES = 3;

  /** Maximum answer of one call in tokens, reasoning included. */
  @Type(() => Number)
  @IsInt()
  @Min(16)
  LLM_MAX_OUTPUT_TOKENS = 16_000;

  /** Context window of the model in tokens. A conversation close to it drops its oldest results first. */
  @Type(() => Number)
  @IsInt()
  @Min(1_000)
  LLM_CONTEXT_TOKENS = 128_000;

  /** Maximum length of a step's result in a conversation, in characters; a note marks a cut. */
  @Type(() => Number)
  @IsInt()
  @Min(1_000)
  @Max(64_000)
  LLM_RESULT_CHARS = 40_000;

  /** Price of a million input tokens in US dollars; 0: costs are not tracked. */
  @Type(() => Number)
  @IsNumber()
  @Min(0)
  LLM_INPUT_USD_PER_MILLION = 0;

  /** Price of a million input tokens that the provider had cached, in US dollars. Unset: LLM_INPUT_USD_PER_MILLION. */
  @Type(() => Number)
  @IsOptional()
  @IsNumber()
  @Min(0)
  LLM_CACHED_INPUT_USD_PER_MILLION?: number;

  /** Price of a million output tokens in US dollars. */
  @Type(() => Number)
  @IsNumber()
  @Min(0)
  LLM_OUTPUT_USD_PER_MILLION = 0;

  /** Token budget of a run; `start.budget.tokens` can only lower it. Each turn sends the conversation again, cached or not. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  LLM_RUN_TOKENS = 1_000_000;

  /** Budget of a run in US dollars; `start.budget.costUsd` can only lower it. */
  @Type(() => Number)
  @IsNumber()
  @Min(0)
  LLM_RUN_COST_USD = 5;

  /** Token budget of all runs of a tenant in 24 hours. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  LLM_TENANT_DAILY_TOKENS = 20_000_000;

  /** Budget of all runs of a tenant in 24 hours, in US dollars. */
  @Type(() => Number)
  @IsNumber()
  @Min(0)
  LLM_TENANT_DAILY_COST_USD = 200;
}

/** The provider that these settings ask for; null: none. */
export function llmProvider({
  LLM_PROVIDER: provider,
  LLM_BASE_URL: baseUrl,
  LLM_SCRIPT: script,
}: Pick<ModelSettings, 'LLM_PROVIDER' | 'LLM_BASE_URL' | 'LLM_SCRIPT'>): LlmProvider | null {
  if (provider) return provider;
  if (baseUrl) return 'openai-compatible';
  return script ? 'scripted' : null;
}
