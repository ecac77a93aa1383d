import 'reflect-metadata';
import { Type } from 'class-transformer';
import { QUESTION_DEFAULTS, type QuestionDefault } from '@assent/contract';
import { IsIn, IsInt, IsNumber, IsOptional, IsString, Matches, Max, Min, MinLength, ValidateBy } from 'class-validator';
import { isCidrList } from '../egress/address';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

export const LLM_PROVIDERS = ['openai-compatible', 'scripted'] as const;

/** Shortest accepted API key; a 32 character random key cannot be guessed. */
export const KEY_MIN_CHARS = 32;
/** What an Authorization header can carry. */
const PRINTABLE = /^[\x21-\x7e]+$/;
const TEN_YEARS_SECONDS = 315_360_000;

/** Every environment variable the server reads, with its default. Nothing else reads `process.env`. */
export class Environment {
  /** Address to listen on. Other than loopback needs DEVELOPER_KEY and REVIEWER_KEY. */
  @IsString()
  HOST = '127.0.0.1';

  /** Port to listen on; 0 takes a free one. */
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(65_535)
  PORT = 8080;

  /** Postgres to use. Without it an embedded one runs in DATA_DIR. */
  @IsOptional()
  @Matches(/^postgres(ql)?:\/\//, { message: 'DATABASE_URL must start with postgres:// or postgresql://' })
  DATABASE_URL?: string;

  /** Embedded database, generated keys. */
  @IsString()
  DATA_DIR = '.data';

  /** Connections to Postgres. More than a few per core only adds contention. */
  @Type(() => Number)
  @IsInt()
  @Min(8)
  @Max(200)
  DATABASE_POOL_SIZE = 16;

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

  /** Folders tools may touch: `name=dir,name=dir`. Default: the shipped example. */
  @IsOptional()
  @IsString()
  WORKSPACES?: string;

  /** Tool policy, a JSON file (docs/tools.md). */
  @IsOptional()
  @IsString()
  POLICY_FILE?: string;

  /** Which tools there are and how they are set up, a JSON file with a section for each family (docs/tools.md). */
  @IsOptional()
  @IsString()
  TOOLS_FILE?: string;

  /** Further `Host` names clients may use, comma separated. Loopback names are always allowed on a loopback address. */
  @IsOptional()
  @IsString()
  ALLOWED_HOSTS?: string;

  /** Origins browsers may call from, comma separated. Same origin is always allowed. */
  @IsOptional()
  @IsString()
  ALLOWED_ORIGINS?: string;

  /** Address ranges tools and webhooks may reach although they are not public: CIDRs, comma separated. For development. */
  @IsOptional()
  @ValidateBy({
    name: 'isCidrList',
    validator: {
      validate: isCidrList,
      defaultMessage: () => 'EGRESS_ALLOW must be address ranges like 127.0.0.0/8,fd00::/8',
    },
  })
  EGRESS_ALLOW?: string;

  @IsIn(LOG_LEVELS)
  LOG_LEVEL: (typeof LOG_LEVELS)[number] = 'info';

  /** Seconds a replica owns a run without a heartbeat. */
  @Type(() => Number)
  @IsInt()
  @Min(2)
  @Max(300)
  LEASE_SECONDS = 12;

  /** Seconds between looks for runs whose replica is gone. Lease + sweep stays below the promised 30 s. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(60)
  SWEEP_SECONDS = 4;

  /** Runs one replica works on at the same time; further ones wait in the queue. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(10_000)
  MAX_ACTIVE_RUNS = 64;

  /** Runs that may wait in the queue before `start` answers -32000 overloaded. */
  @Type(() => Number)
  @IsInt()
  @Min(0)
  MAX_QUEUED_RUNS = 10_000;

  /** Seconds until a pending approval expires. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(TEN_YEARS_SECONDS)
  APPROVAL_TTL_SECONDS = 86_400;

  /** Seconds until a question to a person expires; `start.questions.ttlSeconds` sets another time for one run. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(TEN_YEARS_SECONDS)
  QUESTION_TTL_SECONDS = 86_400;

  /** What is taken for true when a question expires; `start.questions.onExpiry` overrides it. */
  @IsIn(QUESTION_DEFAULTS)
  QUESTION_DEFAULT: QuestionDefault = 'unresolved';

  /** Seconds a client may take for a call of a tool that it hosts, unless the tool says otherwise. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(86_400)
  CLIENT_TOOL_SECONDS = 60;

  /** Steps a run may take that a model plans. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(1_000)
  MAX_STEPS = 20;

  /** Model provider. `openai-compatible` needs LLM_BASE_URL and LLM_MODEL, `scripted` needs LLM_SCRIPT; default: the first if LLM_BASE_URL is set. */
  @IsOptional()
  @IsIn(LLM_PROVIDERS)
  LLM_PROVIDER?: (typeof LLM_PROVIDERS)[number];

  /** Base URL of an OpenAI-compatible endpoint, with its /v1. */
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

  /** Days that frames of ended runs are kept. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  FRAME_RETENTION_DAYS = 7;

  /** Seconds after which an open stream is closed for rebalancing (with jitter); the client resumes. */
  @Type(() => Number)
  @IsInt()
  @Min(10)
  @Max(86_400)
  STREAM_MAX_SECONDS = 3_600;

  /** Open SSE streams one replica serves. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  MAX_STREAMS = 5_000;

  /** Seconds a shutdown may take. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(3_600)
  SHUTDOWN_GRACE_SECONDS = 20;
}
