export { Cached } from './cached';
export { auditChange, recordAudit, type AuditEntry } from './audit/audit';
export { AccessGuard, requireScope } from './auth/access.guard';
export { Admission, type Applicant, type RateLane } from './auth/admission';
export { ChargesItself, RequireAccess } from './auth/access.decorator';
export { ApiKeyEntity } from './auth/api-key.entity';
export { ApiKeyRepository, type ApiKeyRecord } from './auth/api-key.repository';
export { ApiKeyPrincipals } from './auth/api-key.principals';
export { ApiKeyService } from './auth/api-key.service';
export { CurrentPrincipal } from './auth/current-principal.decorator';
export { LOCAL_TENANT, LocalPrincipals, type LocalKeys } from './auth/local-principals';
export { isPrincipalName } from './auth/principal.name';
export { Principals } from './auth/principals';
export { readLocalKeys } from './auth/local-keys';
export { Config, loadConfig } from './config/config';
export { SERVER_SECRETS, serverSecrets } from './config/server.secrets';
export { Environment } from './config/environment';
export { becomeTenant, forAllTenants, forTenant, inRequest } from './database/tenant.context';
export { FORCED_RULE, ROLE_RULE, TENANT_ROLE } from './database/tenant.wall';
export { Database } from './database/database';
export { EgressClient, transportFault, type EgressResponse } from './egress/egress.client';
export {
  findEmbeddedPostgres,
  startEmbeddedPostgres,
  type EmbeddedPostgres,
} from './embedded-postgres/embedded-postgres';
export { OutboxSignal } from './events/outbox.signal';
export { isWebhookFrame, publishEvent, publishFrames } from './events/outbox';
export { isTransient, isUniqueViolation } from './database/failure';
export { compile, Sql, cte, sql, withCtes, type Cte } from './database/sql';
export { FeatureFlags } from './flags/feature.flags';
export { FlagEntity } from './flags/flag.entity';
export { FlagsModule } from './flags/flags.module';
export { GLOB_MAX_CHARS, compileGlob, type Glob } from './glob';
export { MayBeAbsent, strictBody } from './http/validation';
export { insertJobs } from './jobs/insert-jobs';
export { installJobs, missingQueues } from './jobs/install-jobs';
export { contentHashOf, newId, newSecret } from './ids';
export { PlatformModule } from './platform.module';
export { LOG, createLog, type Log } from './telemetry/log';
export { MetricsModule } from './telemetry/metrics.module';
export { readTraceparent, traceIdOf } from './telemetry/traceparent';
export type { OpenSpan } from './telemetry/span';
export { activeTraceparent, isTracing, startSpan, traced } from './telemetry/tracing';
export { startTracing, stopTracing } from './telemetry/tracing.process';
export { SCRAPE_MAX_AGE_MS, onScrape } from './telemetry/scrape';
export { cutText, endOfText, foldPath, storableText } from './text';
