import { Module, type DynamicModule } from '@nestjs/common';
import { Config, LOG, type Log } from '@assent/platform';
import { ADMISSION_METRICS, Admission } from './admission';
import { ApiKeyPrincipals } from './api-key.principals';
import { ApiKeyRepository } from './api-key.repository';
import { ApiKeyService } from './api-key.service';
import { CredentialWatch } from './credential.watch';
import { DeviceLinkRepository } from './device-link.repository';
import { ExternalIdentities } from './external-identities';
import { ExternalIdentityRepository } from './external-identity.repository';
import { KeySet } from './key-set';
import { LocalPrincipals, type LocalKeys } from './local-principals';
import { Principals } from './principals';
import { SessionService } from './session.service';
import { TokenPrincipals } from './token.principals';

/** Authentication: the local principals, API keys, and tokens of an identity provider. */
@Module({})
export class IdentityModule {
  static forRoot(keys: LocalKeys): DynamicModule {
    return {
      module: IdentityModule,
      global: true,
      providers: [
        { provide: LocalPrincipals, useValue: new LocalPrincipals(keys) },
        ApiKeyRepository,
        ApiKeyPrincipals,
        ApiKeyService,
        DeviceLinkRepository,
        ExternalIdentityRepository,
        ExternalIdentities,
        SessionService,
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
        CredentialWatch,
        ...ADMISSION_METRICS,
      ],
      exports: [
        LocalPrincipals,
        Principals,
        Admission,
        ApiKeyRepository,
        ApiKeyService,
        ExternalIdentities,
        SessionService,
        CredentialWatch,
      ],
    };
  }
}
