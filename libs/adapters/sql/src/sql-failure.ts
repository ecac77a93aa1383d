import { DatabaseError } from 'pg';
import { AssentError } from '@assent/contract';
import { cutText, transportFault } from '@assent/platform';
import { shownText, visibleText, type ToolContext } from '@assent/tools';

const MESSAGE_MAX_CHARS = 500;
const CLASS_CHARS = 2;
/** Conflicts with another transaction. Nothing was committed. */
const CONFLICTS = ['40001', '40P01'];
const PROTOCOL_VIOLATION = '08P01';

/**
 * Meaning of an SQLSTATE. `gone`: the connection or its server is lost. `trouble`: the server is temporarily unable to answer; a
 * single expensive statement can cause that, so the connection is not at fault. `statement`: everything else.
 */
type Meaning = 'gone' | 'trouble' | 'time' | 'busy' | 'login' | 'rights' | 'statement';

/** Meanings by code, or by class, the first two characters. A code takes precedence over its class. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  // Connection exception, except a message that does not fit the statement, such as a missing parameter.
  '08': 'gone',
  [PROTOCOL_VIOLATION]: 'statement',
  // Of "insufficient resources", only "too many connections" concerns the connection; disk, memory and limits do not.
  '53': 'trouble',
  '53300': 'gone',
  // Operator intervention: shutdown, crash, startup, idle session. A cancelled query has exceeded its time limit.
  '57': 'trouble',
  '57014': 'time',
  '57P01': 'gone',
  '57P02': 'gone',
  '57P03': 'gone',
  '57P04': 'login',
  '57P05': 'gone',
  // System errors and internal errors.
  '58': 'trouble',
  XX: 'trouble',
  '25P03': 'time',
  '25P04': 'time',
  '28': 'login',
  '3D': 'login',
  '40': 'busy',
  '40003': 'gone',
  '55P03': 'busy',
  '42501': 'rights',
};

/** Whether running the transaction again may help. */
export function isConflict(thrown: unknown): boolean {
  return thrown instanceof DatabaseError && CONFLICTS.includes(thrown.code ?? '');
}

/**
 * Converts an error of Postgres or of the connection into an AssentError.
 * @param thrown an error answered by the server, or an error of the connection
 * @param sent whether a commit may have succeeded when the connection was lost
 */
export function sqlFailure(
  thrown: unknown,
  connection: string,
  sent: boolean,
  context: Pick<ToolContext, 'redaction'>,
): AssentError {
  if (thrown instanceof AssentError) return thrown;
  if (!(thrown instanceof DatabaseError)) return lostConnection(thrown, connection, sent);
  const { code = '' } = thrown;
  // Redact before cutting, because a cut secret is not recognised.
  const said = cutText(visibleText(shownText(thrown.message, context)), MESSAGE_MAX_CHARS);
  switch (meaningOf(thrown)) {
    case 'gone':
      return lostConnection(thrown, connection, sent);
    case 'trouble':
      return new AssentError(
        'overloaded',
        `The database of ${connection} could not run the statement: ${said} (SQLSTATE ${code}). Nothing was committed; ask for less, or try later.`,
        { sqlstate: code },
      );
    case 'time':
      return new AssentError('timeout', `The statement on ${connection} ran into its time limit. Ask for less.`);
    case 'busy':
      return new AssentError(
        'conflict',
        `Rows on ${connection} are held by another transaction. Nothing was done; try again.`,
      );
    case 'login':
      return new AssentError(
        'conflict',
        `The database of ${connection} refused the login (SQLSTATE ${code}). Ask the operator to correct the connection.`,
      );
    case 'rights':
    case 'statement':
      return new AssentError(
        meaningOf(thrown) === 'rights' ? 'forbidden' : 'invalid',
        `The database refused the statement on ${connection}: ${said} (SQLSTATE ${code}).`,
        { pointer: code === PROTOCOL_VIOLATION ? '/args/params' : '/args/statement', sqlstate: code },
      );
  }
}

/** A fatal error ends the connection, regardless of its code: poolers use 08P01 for everything. */
function meaningOf({ code = '', severity }: DatabaseError): Meaning {
  if (code === PROTOCOL_VIOLATION && (severity === 'FATAL' || severity === 'PANIC')) return 'gone';
  return MEANINGS[code] ?? MEANINGS[code.slice(0, CLASS_CHARS)] ?? 'statement';
}

function lostConnection(cause: unknown, connection: string, sent: boolean): AssentError {
  const known = sent ? 'It may have committed: look there before trying again' : 'Nothing was committed';
  return transportFault(
    'overloaded',
    `The database of ${connection} could not be reached, or the connection broke off. ${known}.`,
    { cause, sent },
  );
}
