/** SQLSTATE of a statement that ran into its time limit. */
const QUERY_CANCELED = '57014';
/** SQLSTATE of a missing function or operator, such as that of a dropped extension. */
const UNDEFINED_FUNCTION = '42883';

/** Whether Postgres cancelled the statement because it reached its time limit. */
export function isCutOff(error: unknown): boolean {
  return stateOf(error) === QUERY_CANCELED;
}

/** Whether a function or an operator is missing, because its extension was dropped. */
export function isGone(error: unknown): boolean {
  return stateOf(error) === UNDEFINED_FUNCTION;
}

function stateOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : null;
}
