import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { ScheduleModule } from '@nestjs/schedule';
import { TerminusModule } from '@nestjs/terminus';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ApprovalsModule } from '@assent/approvals';
import { EngineModule } from '@assent/engine';
import {
  AccessGuard,
  FlagsModule,
  MetricsModule,
  PlatformModule,
  type Config,
  type LocalKeys,
  type Log,
} from '@assent/platform';
import { ProblemFilter, RpcModule } from '@assent/rpc';
import { SERVING_CONNECTION, dataSourceOptions } from './data-source';
import { HealthController } from './health/health.controller';
import { LOAD_METRIC_PROVIDERS, LoadMetrics } from './health/load.metrics';

export interface ServerParts {
  readonly config: Config;
  readonly databaseUrl: string;
  readonly keys: LocalKeys;
  readonly log: Log;
}

/** The plug: every module, the guard and the filter that stand before all of them, and the store below. */
@Module({})
export class AppModule {
  static forRoot({ config, databaseUrl, keys, log }: ServerParts): DynamicModule {
    return {
      module: AppModule,
      imports: [
        PlatformModule.forRoot(config, keys, log),
        TypeOrmModule.forRoot({
          ...dataSourceOptions(databaseUrl, config.env.DATABASE_POOL_SIZE),
          extra: SERVING_CONNECTION,
          retryAttempts: 1,
        }),
        ScheduleModule.forRoot(),
        TerminusModule.forRoot({ logger: false }),
        MetricsModule,
        FlagsModule,
        RpcModule,
        ApprovalsModule,
        EngineModule,
      ],
      controllers: [HealthController],
      providers: [
        { provide: APP_GUARD, useClass: AccessGuard },
        { provide: APP_FILTER, useClass: ProblemFilter },
        LoadMetrics,
        ...LOAD_METRIC_PROVIDERS,
      ],
    };
  }
}
