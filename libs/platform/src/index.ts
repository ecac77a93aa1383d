export { Cached, CachedByKey } from './cached';
export { canonicalJson } from './canonical-json';
export { isPrincipalName, PRINCIPAL_NAME_RULE, SUBJECT_NAME_RULE, isSamePerson, isSubjectName } from './principal.name';
export { Config, isLoopback, loadConfig, type ConsoleSignIn } from './config/config';
export { checkJsonFile } from './config/json-file';
export { mistypedSettings } from './config/mistyped';
export { StartError } from './config/start.error';
export { SERVER_SECRETS, serverSecrets } from './config/server.secrets';
export { Environment } from './config/environment';
export { llmProvider } from './config/model.settings';
export { becomeTenant, forAllTenants, forTenant, inRequest } from './database/tenant.context';
export { FORCED_POLICY, ROLE_POLICY, TENANT_ROLE, tenantIsolationOf } from './database/tenant.isolation';
export { Database } from './database/database';
export { Listener } from './database/listener';
export {
  bigint,
  boolean,
  bytes,
  columnName,
  double,
  instant,
  integer,
  json,
  jsonb,
  lexemes,
  table,
  text,
  uuid,
  type AnyTable,
  type RowOf,
} from './database/table';
export { EgressClient, transportFault, type EgressResponse } from './egress/egress.client';
export {
  findEmbeddedPostgres,
  startEmbeddedPostgres,
  type EmbeddedPostgres,
} from './embedded-postgres/embedded-postgres';
export { codeOf, hasCode } from './embedded-postgres/system-error';
export { failureOf, isTransient, isUniqueViolation, standbyFailure } from './database/failure';
export { RUN, type RunPart, type LockedRun } from './database/run.reference';
export { Reference, Sql, compile, containing, cte, sql, withCtes, type Cte } from './database/sql';
export { GLOB_MAX_CHARS, compileGlob, matchesStars, type Glob } from './glob';
export type { Sweep } from './jobs/sweep';
export { SWEEP_METRIC_PROVIDERS, Sweeper } from './jobs/sweeper';
export { contentHashOf, newId, newSecret } from './ids';
export { PlatformModule } from './platform.module';
export { LOG, createLog, type Log } from './telemetry/log';
export { readTraceparent, traceIdOf } from './telemetry/traceparent';
export type { OpenSpan } from './telemetry/span';
export { activeTraceparent, isTracing, startSpan, startTracing, stopTracing, traced } from './telemetry/tracing';
export { SCRAPE_MAX_AGE_MS, onScrape } from './telemetry/scrape';
export { compiled } from './schema';
export { cutText, endOfText, excerpt, foldPath, isBlank, storableObject, storableText } from './text';
export { DATABASE_METRIC_PROVIDERS, DatabaseMetrics } from './telemetry/database.metrics';
export { type ConfiguredFlags, configured, mayBeSet, readFlags } from './config/configured.flags';
