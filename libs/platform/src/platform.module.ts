import { Module, type DynamicModule } from '@nestjs/common';
import { Config } from './config/config';
import { SERVER_SECRETS, serverSecrets } from './config/server.secrets';
import { Database } from './database/database';
import { OutboxSignal } from './events/outbox.signal';
import { Jobs } from './jobs/jobs';
import { IdentityModule } from './auth/identity.module';
import { LocalPrincipals, type LocalKeys } from './auth/local-principals';
import { LOG, type Log } from './telemetry/log';

/** What every lib may ask for: configuration, the store, the log, who the local principals are. */
@Module({})
export class PlatformModule {
  static forRoot(config: Config, keys: LocalKeys, log: Log): DynamicModule {
    return {
      module: PlatformModule,
      global: true,
      imports: [IdentityModule],
      providers: [
        { provide: Config, useValue: config },
        { provide: SERVER_SECRETS, useValue: serverSecrets(config, keys) },
        { provide: LOG, useValue: log },
        { provide: LocalPrincipals, useValue: new LocalPrincipals(keys) },
        Database,
        Jobs,
        OutboxSignal,
      ],
      exports: [Config, SERVER_SECRETS, LOG, LocalPrincipals, Database, OutboxSignal, IdentityModule],
    };
  }
}
