import { DatabaseError } from 'pg';
import { AssentError } from '@assent/contract';
import { transportFault } from '@assent/platform';
import { visibleText } from '../http/visible-text';

const MESSAGE_MAX_CHARS = 500;
const QUERY_CANCELED = '57014';
const LOCK_NOT_AVAILABLE = '55P03';
const IDLE_IN_TRANSACTION = '25P03';
const INSUFFICIENT_PRIVILEGE = '42501';
/** SQLSTATE classes that say nothing about the statement: connection, resources, operator intervention, system. */
const SERVER_CLASSES = ['08', '53', '57', '58'];
/** Wrong password, unknown database: somebody has to set the connection right. */
const LOGIN_CLASSES = ['28', '3D'];
/** A transaction that met another one; nothing of it was kept. */
const CONFLICTS = ['40001', '40P01'];

/** Whether running the transaction again may help. */
export function isConflict(thrown: unknown): boolean {
  return thrown instanceof DatabaseError && CONFLICTS.includes(thrown.code ?? '');
}

/**
 * What Postgres or the way to it said, as an error of ours.
 * @param sent whether the failure leaves open if something was committed
 */
export function sqlFailure(thrown: unknown, connection: string, sent: boolean): AssentError {
  if (thrown instanceof AssentError) return thrown;
  if (!(thrown instanceof DatabaseError)) return lostConnection(thrown, connection, sent);
  const { code = '' } = thrown;
  if (code === QUERY_CANCELED || code === IDLE_IN_TRANSACTION) {
    return new AssentError('timeout', `The statement on ${connection} ran into its time limit. Ask for less.`);
  }
  if (SERVER_CLASSES.includes(code.slice(0, 2))) return lostConnection(thrown, connection, sent);
  if (LOGIN_CLASSES.includes(code.slice(0, 2))) {
    return new AssentError(
      'conflict',
      `The database of ${connection} refused the login (SQLSTATE ${code}). Have it set right.`,
    );
  }
  if (code === LOCK_NOT_AVAILABLE || CONFLICTS.includes(code)) {
    return new AssentError(
      'conflict',
      `Rows on ${connection} are held by another transaction. Nothing was done; try again.`,
    );
  }
  const said = visibleText(thrown.message).slice(0, MESSAGE_MAX_CHARS);
  return new AssentError(
    code === INSUFFICIENT_PRIVILEGE ? 'forbidden' : 'invalid',
    `The database refused the statement on ${connection}: ${said} (SQLSTATE ${code}).`,
    { pointer: '/args/statement', sqlstate: code },
  );
}

function lostConnection(cause: unknown, connection: string, sent: boolean): AssentError {
  const known = sent ? 'It may have committed: look there before trying again' : 'Nothing was committed';
  return transportFault(
    'overloaded',
    `The database of ${connection} could not be reached, or the connection broke off. ${known}.`,
    { cause, sent },
  );
}
