import { Module, type DynamicModule } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { Config } from './config/config';
import { SERVER_SECRETS, serverSecrets } from './config/server.secrets';
import { Database } from './database/database';
import { SWEEP_METRIC_PROVIDERS, Sweeper } from './jobs/sweeper';
import { LOG, type Log } from './telemetry/log';

/** Shared services: configuration, the store, the log. */
@Module({})
export class PlatformModule {
  static forRoot(
    config: Config,
    keys: Readonly<Record<string, string | null>>,
    log: Log,
    database: Database,
  ): DynamicModule {
    return {
      module: PlatformModule,
      global: true,
      imports: [ScheduleModule.forRoot()],
      providers: [
        { provide: Config, useValue: config },
        { provide: SERVER_SECRETS, useValue: serverSecrets(config, keys) },
        { provide: LOG, useValue: log },
        { provide: Database, useValue: database },
        Sweeper,
        ...SWEEP_METRIC_PROVIDERS,
      ],
      exports: [Config, SERVER_SECRETS, LOG, Database, Sweeper],
    };
  }
}
