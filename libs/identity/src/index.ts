import 'reflect-metadata';
export { ChargesItself, LimitBody, RequireAccess, type RouteAccess } from './access.decorator';
export { CurrentPrincipal, UNAUTHENTICATED_BODY_LIMIT_BYTES, installAccess, requireScope } from './access.hook';
export { Admission, type RateLimitBucket, type RequestCredentials } from './admission';
export { ApiKeyPrincipals } from './api-key.principals';
export { type ApiKeyRecord, ApiKeyRepository } from './api-key.repository';
export { requireKeyMaker } from './api-key.rules';
export { ApiKeyService, toWireKey } from './api-key.service';
export { API_KEYS, FEATURE_FLAGS, IDENTITIES, SESSION_LINKS } from './identity.tables';
export { type CredentialHolder, CredentialWatch, credentialEnded, credentialHolderOf } from './credential.watch';
export { ExternalIdentities, requireAdmin } from './external-identities';
export { FeatureFlags } from './flags/feature.flags';
export { FlagsModule } from './flags/flags.module';
export { generatedKey, readLocalKeys } from './local-keys';
export {
  LOCAL_PRINCIPALS,
  LOCAL_TENANT,
  type LocalKeys,
  type LocalPrincipalName,
  LocalPrincipals,
} from './local-principals';
export { type People, areOnePerson, countPeople, peopleBehind } from './people';
export { Principals } from './principals';
export { SessionService } from './session.service';
export { invalidLink } from './session.links';
export { IdentityModule } from './identity.module';
