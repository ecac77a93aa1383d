import { Module } from '@nestjs/common';
import { ApiKeyController } from './api-key.controller';
import { ApiKeyPrincipals } from './api-key.principals';
import { ApiKeyRepository } from './api-key.repository';
import { ApiKeyService } from './api-key.service';
import { LocalPrincipals } from './local-principals';
import { Principals } from './principals';

/** Who is calling: the local principals, API keys. */
@Module({
  controllers: [ApiKeyController],
  providers: [
    ApiKeyRepository,
    ApiKeyPrincipals,
    ApiKeyService,
    {
      provide: Principals,
      inject: [LocalPrincipals, ApiKeyPrincipals],
      useFactory: (local: LocalPrincipals, keys: ApiKeyPrincipals) => new Principals([local, keys]),
    },
  ],
  exports: [Principals],
})
export class IdentityModule {}
