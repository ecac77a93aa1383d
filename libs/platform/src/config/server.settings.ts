import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, Matches, Max, Min, ValidateBy } from 'class-validator';
import { isCidrList } from '../egress/address';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;

/** Where the server listens, its database, and what it may reach. */
export class ServerSettings {
  /** Address to listen on. Other than loopback needs DEVELOPER_KEY and REVIEWER_KEY. */
  @IsString()
  HOST = '127.0.0.1';

  /** Port to listen on; 0 takes a free one. */
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(65_535)
  PORT = 8080;

  /** Embedded database, generated keys. */
  @IsString()
  DATA_DIR = '.data';

  /** Postgres to use. Without it an embedded one runs in DATA_DIR. */
  @IsOptional()
  @Matches(/^postgres(ql)?:\/\//, { message: 'DATABASE_URL must start with postgres:// or postgresql://' })
  DATABASE_URL?: string;

  /** Connections to Postgres. More than a few per core only adds contention. */
  @Type(() => Number)
  @IsInt()
  @Min(8)
  @Max(200)
  DATABASE_POOL_SIZE = 16;

  @IsIn(LOG_LEVELS)
  LOG_LEVEL: (typeof LOG_LEVELS)[number] = 'info';

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

  /** Seconds a shutdown may take. */
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(3_600)
  SHUTDOWN_GRACE_SECONDS = 20;
}
