import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Pool } from 'pg';
import { ApprovalsModule } from '@assent/approvals';
import { EngineModule, PortsModule } from '@assent/engine';
import { LexicalModule } from '@assent/lexical';
import { Database, PlatformModule, driverOf, type Config, type Log } from '@assent/platform';
import { IdentityModule, FlagsModule, type LocalKeys } from '@assent/identity';
import { ProblemFilter, GatewayModule } from '@assent/gateway';
import { WebhooksModule } from '@assent/webhooks';
import { dataSourceOptions, servingPool } from './data-source';
import { HealthController } from './health/health.controller';
import { LOAD_METRIC_PROVIDERS, LoadMetrics } from './health/load.metrics';
import { WriteProbe } from './health/write.probe';
import { MetricsModule } from './health/metrics.module';

/**
 * The migration has just reached the database, so a timeout here means that this machine is too busy loading code to read the
 * answer in time.
 */
const CONNECT_ATTEMPTS = 3;
const RETRY_DELAY_MS = 1_000;

export interface ServerParts {
  readonly config: Config;
  readonly databaseUrl: string;
  readonly keys: LocalKeys;
  readonly log: Log;
}

/** The plug: every module, the filter that stands before all of them, and the store below. */
@Module({})
export class AppModule {
  static forRoot({ config, databaseUrl, keys, log }: ServerParts): DynamicModule {
    const { DATABASE_POOL_SIZE: size } = config.env;
    const pool = new Pool(servingPool(databaseUrl, size));
    return {
      module: AppModule,
      imports: [
        PlatformModule.forRoot(config, keys, log, new Database(pool)),
        IdentityModule.forRoot(keys),
        TypeOrmModule.forRoot({
          ...dataSourceOptions(databaseUrl, size),
          driver: driverOf(pool),
          retryAttempts: CONNECT_ATTEMPTS,
          retryDelay: RETRY_DELAY_MS,
        }),
        MetricsModule,
        FlagsModule,
        LexicalModule,
        GatewayModule,
        ApprovalsModule,
        WebhooksModule,
        EngineModule,
        PortsModule,
      ],
      controllers: [HealthController],
      providers: [{ provide: APP_FILTER, useClass: ProblemFilter }, LoadMetrics, WriteProbe, ...LOAD_METRIC_PROVIDERS],
    };
  }
}
