/** SQLSTATE: the statement was ended because its time was up. */
const QUERY_CANCELED = '57014';
/** SQLSTATE: a function or an operator is not there; that of an extension that was dropped. */
const UNDEFINED_FUNCTION = '42883';

/** Postgres has ended the statement, because its time was up. */
export function isCutOff(error: unknown): boolean {
  return stateOf(error) === QUERY_CANCELED;
}

/** A function or an operator is gone: with its extension. */
export function isGone(error: unknown): boolean {
  return stateOf(error) === UNDEFINED_FUNCTION;
}

function stateOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : null;
}
