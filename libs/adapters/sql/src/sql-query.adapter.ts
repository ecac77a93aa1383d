import { Type, type Static } from '@sinclair/typebox';
import { closed, type Json, type JsonObject } from '@assent/contract';
import type { ReadAdapter, ToolContext } from '@assent/tools';
import {
  assertSendable,
  connectionArgument,
  ParamsArgument,
  SQL_DEADLINE_MS,
  StatementArgument,
} from './sql-arguments';
import { checkFunctions } from './sql-functions';
import type { SqlPool } from './sql-pool';
import { TooManyBytes, type SqlSession } from './sql-session';
import { ROWS_MAX } from './sql-settings';

/** Maximum rows per fetch; fewer when rows are large. */
const BATCH_MAX_ROWS = 200;

interface Wanted {
  readonly maxRows: number;
  readonly maxBytes: number;
}

/** `sql.query`: reads rows through a role that can only read. */
export function sqlQuery(pools: ReadonlyMap<string, SqlPool>): ReadAdapter {
  const Arguments = closed({
    connection: connectionArgument([...pools.keys()]),
    statement: StatementArgument,
    params: Type.Optional(ParamsArgument),
    limit: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: ROWS_MAX,
        description: 'Most rows to answer; default: the limit of the connection',
        examples: [50],
      }),
    ),
  });
  return {
    name: 'sql.query',
    description:
      'Runs one SELECT, VALUES, TABLE or WITH ... SELECT on a configured Postgres database, values as $1, $2, ... in "params", without ' +
      'volatile functions of Postgres, but for random(), clock_timestamp() and the like. ' +
      'Answers columns and rows; integers up to 32 bits and booleans as such, everything else as text. ' +
      '"truncated" says that there is more, and whether rows or bytes were the limit.',
    effect: 'read',
    inputSchema: Arguments,
    effort: 2,
    idempotent: true,
    deadlineMs: SQL_DEADLINE_MS,

    async run(
      { connection, statement, params = [], limit }: Static<typeof Arguments>,
      context: ToolContext,
    ): Promise<JsonObject> {
      assertSendable(statement, params);
      // The schema restricts the names, so the pool always exists.
      const pool = pools.get(connection);
      if (!pool) return {};
      const { maxRows, maxBytes } = pool.limits;
      const wanted = { maxRows: Math.min(limit ?? maxRows, maxRows), maxBytes };
      return pool.use(context, async (session) => {
        await checkFunctions(session, statement);
        await session.run('begin transaction isolation level repeatable read, read only');
        // A cursor accepts only a query, and rows that are not fetched stay on the server.
        await session.run(`declare assent no scroll cursor for\n${statement}`, params);
        return { ...(await fetchRows(session, wanted)) };
      });
    },
  };
}

async function fetchRows(session: SqlSession, { maxRows, maxBytes }: Wanted) {
  const rows: Json[][] = [];
  let columns: string[] = [];
  let bytes = 0;
  session.limit(2 * maxBytes);
  for (;;) {
    const average = rows.length === 0 ? maxBytes : bytes / rows.length;
    const fitting = Math.max(1, Math.floor((maxBytes - bytes) / average));
    const batch = await fetch(session, Math.min(BATCH_MAX_ROWS, fitting, maxRows + 1 - rows.length));
    if (!batch) return { columns, rows, truncated: 'bytes' as const };
    ({ columns } = batch);
    if (batch.rows.length === 0) return { columns, rows, truncated: null };
    for (const row of batch.rows) {
      if (rows.length === maxRows) return { columns, rows, truncated: 'rows' as const };
      bytes += Buffer.byteLength(JSON.stringify(row));
      if (bytes > maxBytes) return { columns, rows, truncated: 'bytes' as const };
      rows.push(row);
    }
  }
}

/** @returns null when the next rows exceed the byte limit */
async function fetch(session: SqlSession, count: number) {
  try {
    return await session.runAsTable(`fetch forward ${count} from assent`);
  } catch (thrown) {
    if (thrown instanceof TooManyBytes) return null;
    throw thrown;
  }
}
