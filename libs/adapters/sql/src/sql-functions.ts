import { AssentError } from '@assent/contract';
import { calledNames } from '@assent/tools';
import type { SqlSession } from './sql-session';

/** Volatile built-in functions, from the server's catalogue: they may do more than compute. */
const VOLATILE = `
  select distinct proname as name from pg_catalog.pg_proc
  where pronamespace = 'pg_catalog'::pg_catalog.regnamespace and provolatile = 'v' and proname = any($1::text[])
  order by 1`;

/** Volatile functions that only return varying values or read the disk. They signal no session and change nothing. */
const HARMLESS: ReadonlySet<string> = new Set([
  'array_sample',
  'array_shuffle',
  'bernoulli',
  'clock_timestamp',
  'current_query',
  'currval',
  'gen_random_uuid',
  'lastval',
  'pg_database_size',
  'pg_indexes_size',
  'pg_is_in_recovery',
  'pg_partition_ancestors',
  'pg_partition_tree',
  'pg_relation_size',
  // The statement timeout bounds it, as any long query.
  'pg_sleep',
  'pg_table_size',
  'pg_tablespace_size',
  'pg_total_relation_size',
  'random',
  'random_normal',
  'system',
  'timeofday',
  'uuidv4',
  'uuidv7',
]);

/**
 * A read-only or rolled-back transaction keeps a statement from writing rows, but not from signalling other sessions, taking locks,
 * or emitting messages. So the volatile built-in functions of Postgres are refused, except harmless ones. The grants of the role
 * limit functions of extensions and users.
 * @param allowed additional names, lower case
 * @throws AssentError `invalid` (pointer /args/statement)
 */
export async function checkFunctions(
  session: SqlSession,
  statement: string,
  allowed: readonly string[] = [],
): Promise<void> {
  const called = calledNames(statement);
  if (called === null) {
    throw refused('The statement cannot be read to its end, or writes a name with Unicode escapes. Write it plainly.');
  }
  const asked = [...called].filter((name) => !HARMLESS.has(name) && !allowed.includes(name));
  if (asked.length === 0) return;
  const names = (await session.run(VOLATILE, [asked])).map(({ name }) => String(name));
  if (names.length === 0) return;
  throw refused(
    `The statement calls ${names.join(', ')}, which can act outside of the statement: the functions that Postgres lists as volatile are refused. Leave it out.`,
  );
}

function refused(message: string): AssentError {
  return new AssentError('invalid', message, { pointer: '/args/statement' });
}
