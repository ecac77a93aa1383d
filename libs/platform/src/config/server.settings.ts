import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, Matches, Max, Min, ValidateBy } from 'class-validator';
import { isCidrList } from '../egress/address';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** The server's address, its database, and the networks it may reach. */
export class ServerSettings {
  /**
   * Address to listen on. Any other address than loopback requires a credential that can call: `DEVELOPER_KEY` or
   * `REVIEWER_KEY`, `JWT_ISSUER`, or an API key (docs/identity.md).
   */
  @IsString()
  HOST = '127.0.0.1';

  /** Port to listen on; 0 chooses a free one. */
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

  /** Maximum connections to Postgres. More than a few per core only adds contention. */
  @Type(() => Number)
  @IsInt()
  @Min(8)
  @Max(200)
  DATABASE_POOL_SIZE = 16;

  /**
   * Whether the server migrates the schema before it listens. With `off` it refuses to start until `npm run migrate`
   * has been run.
   */
  @IsIn(['on', 'off'])
  MIGRATE_ON_START: 'on' | 'off' = 'on';

  /** Log level; `debug` includes the lines of the embedded Postgres. */
  @IsIn(LOG_LEVELS)
  LOG_LEVEL: (typeof LOG_LEVELS)[number] = 'info';

  /** Whether the server serves the console at `/ui/`. With `off`, `/` is a plain page that says what the server offers. */
  @IsIn(['on', 'off'])
  CONSOLE: 'on' | 'off' = 'on';

  /**
   * Public URL of this server for people, e.g. `https://assent.example`; links in messages start with it. Without it
   * messages have no links.
   */
  @IsOptional()
  @Matches(/^https?:\/\/[^\s/?#@]+(?:\/[^\s?#]*)?$/, {
    message: 'PUBLIC_URL must be http:// or https:// with a host, and without user, query and fragment',
  })
  PUBLIC_URL?: string;

  /** Address of Grafana for people, e.g. `https://grafana.example/d/assent`. The console links to it. */
  @IsOptional()
  @Matches(/^https?:\/\/[^\s/?#@]+(?:[/?#]\S*)?$/, {
    message: 'GRAFANA_URL must be http:// or https:// with a host, and without user',
  })
  GRAFANA_URL?: string;

  /**
   * Additional accepted `Host` names, comma separated. On loopback, loopback names are always accepted; elsewhere an
   * empty list accepts any name.
   */
  @IsOptional()
  @IsString()
  ALLOWED_HOSTS?: string;

  /**
   * Origins of pages that may call the server besides its own, comma separated, e.g. `https://app.example`
   * (docs/identity.md).
   */
  @IsOptional()
  @IsString()
  ALLOWED_ORIGINS?: string;

  /**
   * Non-public address ranges that tools and webhooks may reach: CIDRs, comma separated. For development; metadata
   * services of clouds stay blocked.
   */
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

  /** Maximum seconds of the shutdown after that; then the process exits with status 1. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(3_600)
  SHUTDOWN_GRACE_SECONDS = 20;
}
