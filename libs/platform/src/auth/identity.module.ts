import { Module } from '@nestjs/common';
import { Config } from '../config/config';
import { LOG, type Log } from '../telemetry/log';
import { ADMISSION_METRICS, Admission } from './admission';
import { ApiKeyController } from './api-key.controller';
import { ApiKeyPrincipals } from './api-key.principals';
import { ApiKeyRepository } from './api-key.repository';
import { ApiKeyService } from './api-key.service';
import { KeySet } from './key-set';
import { LocalPrincipals } from './local-principals';
import { Principals } from './principals';
import { TokenPrincipals } from './token.principals';

/** Who is calling: the local principals, API keys, tokens of an identity provider. */
@Module({
  controllers: [ApiKeyController],
  providers: [
    ApiKeyRepository,
    ApiKeyPrincipals,
    ApiKeyService,
    {
      provide: Principals,
      inject: [LocalPrincipals, ApiKeyPrincipals, Config, LOG],
      useFactory: (local: LocalPrincipals, keys: ApiKeyPrincipals, { tokens }: Config, log: Log) =>
        new Principals([
          local,
          keys,
          ...(tokens ? [new TokenPrincipals(tokens, new KeySet(tokens.keysUrl, log))] : []),
        ]),
    },
    Admission,
    ...ADMISSION_METRICS,
  ],
  exports: [Principals, Admission, ApiKeyRepository],
})
export class IdentityModule {}
