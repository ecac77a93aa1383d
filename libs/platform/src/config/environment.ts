import 'reflect-metadata';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, Matches, Max, Min, MinLength, ValidateBy } from 'class-validator';
import { isCidrList } from '../egress/address';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

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
