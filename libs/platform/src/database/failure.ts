import { types } from 'node:util';
import { AssentError } from '@assent/contract';

/**
 * The meaning of a failure of the database or of the connection to it. `transient`: unrelated to the statement; a retry
 * may succeed. `invalid`: a value cannot be stored. `fatal`: a bug of ours, the same on every attempt.
 */
export type FailureKind = 'transient' | 'invalid' | 'fatal';

interface Meaning {
  readonly kind: FailureKind;
  /** The connection must be discarded: a new one may reach another server, or this one lost its prepared statements. */
  readonly drop?: true;
}

const TRANSIENT: Meaning = { kind: 'transient' };
const TRANSIENT_DROP: Meaning = { kind: 'transient', drop: true };
const INVALID: Meaning = { kind: 'invalid' };
const FATAL: Meaning = { kind: 'fatal' };

/** SQLSTATE of a write in a read-only transaction. */
const READ_ONLY = '25006';
/** SQLSTATE, or its class (the first two characters): https://www.postgresql.org/docs/current/errcodes-appendix.html. */
const SQLSTATES: Readonly<Record<string, Meaning>> = {
  '08': TRANSIENT_DROP, // connection exceptions
  '0A000': FATAL, // feature not supported; see STALE_PLAN
  '22001': INVALID, // text too long
  '22003': INVALID, // number out of range
  '22008': INVALID, // date out of range
  '22021': INVALID, // bytes that are no text
  '22P05': INVALID, // text that the database cannot hold: U+0000 in JSON
  [READ_ONLY]: TRANSIENT_DROP, // connected to what has become a standby
  '25P03': TRANSIENT_DROP, // idle in transaction for too long: this process was stopped meanwhile
  '25P04': TRANSIENT_DROP, // transaction timeout
  '26000': TRANSIENT_DROP, // a prepared statement that this connection has lost
  '28': TRANSIENT_DROP, // login refused: a password that is being changed says nothing about a run
  '3D000': TRANSIENT_DROP, // no such database: being restored
  '40': TRANSIENT, // rollback: serialization failure 40001, deadlock 40P01
  '53': TRANSIENT, // resources: disk full 53100, out of memory 53200, too many connections 53300
  '55P03': TRANSIENT, // lock not available
  '57': TRANSIENT_DROP, // operator: shutdown 57P01, crash 57P02, starting up 57P03, idle session 57P05
  '57014': TRANSIENT, // statement timeout, or cancelled
  '58': TRANSIENT, // the disk of the database
};
/** After a schema change a prepared statement may be stale; preparing it again helps. */
const STALE_PLAN = 'cached plan must not change result type';
/**
 * Postgres uses it for a faulty statement of ours (missing parameters); a pooler ends connections with the same code,
 * as FATAL.
 */
const PROTOCOL_VIOLATION = '08P01';

/** Error codes of the network, and of a process without free sockets. */
const NETWORK = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'ENOTCONN'],
  ...['EHOSTUNREACH', 'EHOSTDOWN', 'ENETUNREACH', 'ENETDOWN', 'EADDRNOTAVAIL', 'EMFILE', 'ENFILE', 'ENOBUFS'],
]);
/** Messages without a code that the driver raises if a connection or a pool ended or went silent during a query. */
const DRIVER =
  /^(?:Connection terminated|Query read timeout$|timeout expired$|timeout exceeded when trying to connect$|connection ended$|Cannot use a pool after calling end on the pool|Client (?:has encountered a connection error|was closed) and is not queryable|Received unexpected \w+ message from backend)/i;
const UNIQUE_VIOLATION = '23505';

/** @returns null if neither the database nor the driver raised it */
export function failureOf(thrown: unknown): Meaning | null {
  // An AssentError has its own reason, regardless of its cause.
  if (!isError(thrown) || thrown instanceof AssentError) return null;
  const code = codeOf(thrown);
  if (code === undefined) return DRIVER.test(thrown.message) ? TRANSIENT_DROP : null;
  // An error with a path is about a file, not about the connection to the database.
  if (NETWORK.has(code) && !('path' in thrown)) return TRANSIENT_DROP;
  // Every error of Postgres has a severity; a code of five characters alone may come from the system (EPERM).
  if (!('severity' in thrown)) return null;
  if (code === PROTOCOL_VIOLATION) return thrown.severity === 'FATAL' ? TRANSIENT_DROP : FATAL;
  if (thrown.message.includes(STALE_PLAN)) return TRANSIENT_DROP;
  return SQLSTATES[code] ?? SQLSTATES[code.slice(0, 2)] ?? FATAL;
}

/** The failure of a connection that leads to a standby, with the code that a write there would get. */
export function standbyFailure(): Error {
  return Object.assign(new Error('the database is a standby'), { code: READ_ONLY, severity: 'FATAL' });
}

/** Whether a retry may succeed. After a lost connection the statement may or may not have been committed. */
export function isTransient(thrown: unknown): boolean {
  return failureOf(thrown)?.kind === 'transient';
}

export function isUniqueViolation(thrown: unknown, constraint: string): boolean {
  return (
    isError(thrown) && codeOf(thrown) === UNIQUE_VIOLATION && 'constraint' in thrown && thrown.constraint === constraint
  );
}

/** Errors of Node may come from another realm, for which `instanceof` fails. */
function isError(thrown: unknown): thrown is Error {
  return types.isNativeError(thrown);
}

function codeOf(error: Error): string | undefined {
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
