/** SQLSTATE classes that say nothing about the statement: connection, resources, operator, rollback (40001, 40P01). */
const TRANSIENT_CLASSES = ['08', '40', '53', '57', '58'];
const TRANSIENT_NETWORK = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN']);
/** What the driver says of a connection, or a pool, that ended under a query; it gives no code for it. */
const CONNECTION_ENDED =
  /connection terminated|connection error|not queryable|timeout exceeded when trying to connect|after calling end on the pool/i;
const UNIQUE_VIOLATION = '23505';

/** Whether trying again may help. After a cut connection the statement may or may not have been committed. */
export function isTransient(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  const code = codeOf(thrown);
  if (code === undefined) return CONNECTION_ENDED.test(thrown.message);
  return TRANSIENT_NETWORK.has(code) || (code.length === 5 && TRANSIENT_CLASSES.includes(code.slice(0, 2)));
}

export function isUniqueViolation(thrown: unknown, constraint: string): boolean {
  return (
    thrown instanceof Error &&
    codeOf(thrown) === UNIQUE_VIOLATION &&
    'constraint' in thrown &&
    thrown.constraint === constraint
  );
}

function codeOf(error: Error): string | undefined {
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
