import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, Matches, Max, Min, ValidateBy } from 'class-validator';
import { isCidrList } from '../egress/address';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** Where the server listens, its database, and what it may reach. */
export class ServerSettings {
  /**
   * Address to listen on. Any other address than loopback requires a credential that can call: `DEVELOPER_KEY` or
   * `REVIEWER_KEY`, `JWT_ISSUER`, or an API key (docs/identity.md).
   */
  @IsString()
  HOST = '127.0.0.1';

  /** Port to listen on; 0 takes a free one. */
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(65_535)
  PORT = 8080;

  /** Folder of the embedded database and of the generated keys (`keys.json`, readable by the owner only). */
  @IsString()
  DATA_DIR = '.data';

  /** Address of the Postgres to use. Without it an embedded one runs in DATA_DIR. */
  @IsOptional()
  @Matches(/^postgres(ql)?:\/\//, { message: 'DATABASE_URL must start with postgres:// or postgresql://' })
  DATABASE_URL?: string;

  /** Connections to Postgres. More than a few per core only adds contention. */
  @Type(() => Number)
  @IsInt()
  @Min(8)
  @Max(200)
  DATABASE_POOL_SIZE = 16;

  /** Whether the server brings the schema up to date before it listens. With `off` it refuses to start while `npm run migrate` has something to do. */
  @IsIn(['on', 'off'])
  MIGRATE_ON_START: 'on' | 'off' = 'on';

  /** What is logged; `debug` includes the lines of the embedded Postgres. */
  @IsIn(LOG_LEVELS)
  LOG_LEVEL: (typeof LOG_LEVELS)[number] = 'info';

  /** Address under which people reach this server, e.g. `https://assent.example`: links in messages begin with it. Without it messages have none. */
  @IsOptional()
  @Matches(/^https?:\/\/[^\s/?#@]+(?:\/[^\s?#]*)?$/, {
    message: 'PUBLIC_URL must be http:// or https:// with a host, and without user, query and fragment',
  })
  PUBLIC_URL?: string;

  /** Further `Host` names to answer to, comma separated. On loopback, loopback names always pass; elsewhere an empty list lets any pass. */
  @IsOptional()
  @IsString()
  ALLOWED_HOSTS?: string;

  /** Origins whose pages may call beside the server's own, comma separated, e.g. `https://app.example` (docs/identity.md). */
  @IsOptional()
  @IsString()
  ALLOWED_ORIGINS?: string;

  /** Address ranges tools and webhooks may reach although they are not public: CIDRs, comma separated. For development; metadata services of clouds stay closed. */
  @IsOptional()
  @ValidateBy({
    name: 'isCidrList',
    validator: {
      validate: isCidrList,
      defaultMessage: () => 'EGRESS_ALLOW must be address ranges like 127.0.0.0/8,fd00::/8',
    },
  })
  EGRESS_ALLOW?: string;

  /**
   * Seconds between the stop signal and closing the listener: time for a load balancer to see that /readyz answers 503.
   * Calls are answered meanwhile, new runs are refused.
   */
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(600)
  DRAIN_SECONDS = 0;

  /** Seconds a shutdown may take after that before the process exits with status 1. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(3_600)
  SHUTDOWN_GRACE_SECONDS = 20;
}
