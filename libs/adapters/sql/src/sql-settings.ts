import { Type, type Static } from '@sinclair/typebox';
import { closed } from '@assent/contract';

const CONNECTIONS_MAX = 50;
/** Below the deadline of a call, so that the server's own timeout comes first. */
const TIMEOUT_MAX_MS = 50_000;
const STATEMENT_TIMEOUT_DEFAULT_MS = 15_000;
const LOCK_TIMEOUT_DEFAULT_MS = 3_000;
export const ROWS_MAX = 5_000;
const ROWS_DEFAULT = 500;
/** Maximum bytes of a result, set by what a frame and a model can take. */
const BYTES_MAX = 4_194_304;
const BYTES_DEFAULT = 262_144;

export const ConnectionName = '^[a-z0-9][a-z0-9_-]{0,62}$';
const SecretName = Type.String({ pattern: '^[A-Z][A-Z0-9_]{0,127}$' });
const TimeoutMs = Type.Integer({ minimum: 1, maximum: TIMEOUT_MAX_MS });

const Connection = closed({
  urlSecret: SecretName,
  executeUrlSecret: Type.Optional(SecretName),
  /** Where applied effects are recorded by key: in an existing table, or in one that the adapter may create. */
  effectsTable: Type.Optional(Type.Union([Type.Literal('existing'), Type.Literal('create')])),
  statementTimeoutMs: Type.Optional(TimeoutMs),
  lockTimeoutMs: Type.Optional(TimeoutMs),
  maxRows: Type.Optional(Type.Integer({ minimum: 1, maximum: ROWS_MAX })),
  maxBytes: Type.Optional(Type.Integer({ minimum: 1, maximum: BYTES_MAX })),
});

export const SqlSettings = closed({
  connections: Type.Optional(
    Type.Record(Type.String({ pattern: ConnectionName }), Connection, {
      additionalProperties: false,
      maxProperties: CONNECTIONS_MAX,
    }),
  ),
});

/** Limits of one connection; times in milliseconds. */
export interface SqlLimits {
  readonly statementTimeoutMs: number;
  readonly lockTimeoutMs: number;
  readonly maxRows: number;
  readonly maxBytes: number;
}

export type EffectsTable = 'none' | 'existing' | 'create';

export function limitsOf(settings: Static<typeof Connection>): SqlLimits {
  return {
    statementTimeoutMs: settings.statementTimeoutMs ?? STATEMENT_TIMEOUT_DEFAULT_MS,
    lockTimeoutMs: settings.lockTimeoutMs ?? LOCK_TIMEOUT_DEFAULT_MS,
    maxRows: settings.maxRows ?? ROWS_DEFAULT,
    maxBytes: settings.maxBytes ?? BYTES_DEFAULT,
  };
}
