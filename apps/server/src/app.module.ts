import { Module, type DynamicModule } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { Pool } from 'pg';
import { ApprovalsModule } from '@assent/approvals';
import { EngineModule, PortsModule } from '@assent/engine';
import { LexicalModule } from '@assent/lexical';
import { Database, PlatformModule, type Config, type Log } from '@assent/platform';
import { IdentityModule, FlagsModule, type LocalKeys } from '@assent/identity';
import { ProblemFilter, GatewayModule } from '@assent/gateway';
import { WebhooksModule } from '@assent/webhooks';
import { HealthController } from './health/health.controller';
import { LOAD_METRIC_PROVIDERS, LoadMetrics } from './health/load.metrics';
import { WriteProbe } from './health/write.probe';
import { MetricsModule } from './health/metrics.module';
import { servingPool } from './serving.pool';

export interface ServerParts {
  readonly config: Config;
  readonly databaseUrl: string;
  readonly keys: LocalKeys;
  readonly log: Log;
}

/** The root module: every module, the filter in front of them, and the store behind them. */
@Module({})
export class AppModule {
  static forRoot({ config, databaseUrl, keys, log }: ServerParts): DynamicModule {
    const { DATABASE_POOL_SIZE: size } = config.env;
    return {
      module: AppModule,
      imports: [
        PlatformModule.forRoot(config, keys, log, new Database(new Pool(servingPool(databaseUrl, size)))),
        IdentityModule.forRoot(keys),
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
