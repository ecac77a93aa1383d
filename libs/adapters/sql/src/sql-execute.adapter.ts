import { isDeepStrictEqual } from 'node:util';
import { Type, type Static } from '@sinclair/typebox';
import { AssentError, closed, type JsonObject } from '@assent/contract';
import { contentHashOf } from '@assent/platform';
import type { EffectDraft, EffectReport, EffectResult, ExternalAdapter, ToolContext } from '@assent/tools';
import {
  assertSendable,
  connectionArgument,
  ParamsArgument,
  SQL_DEADLINE_MS,
  StatementArgument,
} from './sql-arguments';
import { changesNothing, reassignedColumns, differences, pick, printsOf, type SqlChange } from './sql-change';
import { parseSqlEffect, ReturningArgument, summaryOf, type SqlEffect } from './sql-effect';
import { isConflict } from './sql-failure';
import { claim, prepareLedger } from './sql-ledger';
import { observe, type SqlCommand } from './sql-observe';
import type { SqlPool } from './sql-pool';
import type { SqlSession } from './sql-session';
import type { EffectsTable } from './sql-settings';

/** Maximum attempts of a transaction that conflicts with others. More conflicts mean that the table is too busy. */
const ATTEMPTS_MAX = 3;
/** Maximum rows named in a stale outcome. */
const NAMED_ROWS_MAX = 20;
const BEGIN = 'begin transaction isolation level repeatable read, read write';

export interface ExecuteConnection {
  readonly pool: SqlPool;
  readonly effectsTable: EffectsTable;
}

/** `sql.execute`: runs one changing statement, shown by the rows it changes. */
export function sqlExecute(connections: ReadonlyMap<string, ExecuteConnection>): ExternalAdapter {
  const Arguments = closed({
    connection: connectionArgument([...connections.keys()]),
    statement: StatementArgument,
    params: Type.Optional(ParamsArgument),
    returning: Type.Optional(ReturningArgument),
  });
  const find = (name: string): ExecuteConnection => {
    const found = connections.get(name);
    if (found) return found;
    throw new AssentError('conflict', `The connection ${name} is no longer configured for changes. Nothing was done.`);
  };
  return {
    name: 'sql.execute',
    description:
      'Proposes one INSERT, UPDATE or DELETE on a configured Postgres database, values as $1, $2, ... in "params", without WITH in ' +
      'front and without RETURNING. It is run and rolled back to show the rows before and after, and applied when it is approved ' +
      'and still does the same.',
    effect: 'external',
    inputSchema: Arguments,
    effort: 6,
    idempotent: Array.from(connections.values()).every(({ effectsTable }) => effectsTable !== 'none'),
    deadlineMs: SQL_DEADLINE_MS,

    async dryRun(args: Static<typeof Arguments>, context: ToolContext): Promise<EffectDraft | null> {
      const { connection, statement, params = [], returning = [] } = args;
      assertSendable(statement, params);
      const { pool, effectsTable } = find(connection);
      const { table, change, setAnew } = await pool.use(context, async (session) => {
        await prepareLedger(session, effectsTable, connection);
        return rehearse(session, { statement, params }, pool);
      });
      if (changesNothing(change, table)) return null;
      assertColumns(change, returning);
      const rows = printsOf(change, setAnew);
      const effect: SqlEffect = {
        connection,
        statement,
        params,
        returning,
        table,
        setAnew,
        rows,
        tables: [...change.tables],
      };
      return {
        effect: effect as unknown as JsonObject,
        summary: summaryOf(effect, change),
        targets: [table, ...change.tables.map((other) => other.table)]
          .filter((name, index, names) => names.indexOf(name) === index)
          .map((name) => `sql:${connection}:${name}`),
      };
    },

    async apply(approved: JsonObject, context: ToolContext): Promise<EffectResult> {
      const effect = parseSqlEffect(approved);
      const { pool, effectsTable } = find(effect.connection);
      return pool.use(context, async (session) => {
        await prepareLedger(session, effectsTable, effect.connection);
        for (let attempt = 1; ; attempt += 1) {
          try {
            return await applyOnce(session, effect, pool, {
              idempotencyKey: context.idempotencyKey,
              signal: context.signal,
              recorded: effectsTable !== 'none',
            });
          } catch (thrown) {
            if (!isConflict(thrown) || attempt === ATTEMPTS_MAX) throw thrown;
            await session.run('rollback');
          }
        }
      });
    },
  };
}

/** Runs the statement in two transactions. Values that differ are assigned anew on each run, such as those of sequences or now(). */
async function rehearse(session: SqlSession, command: SqlCommand, { limits, name }: SqlPool) {
  const once = async () => {
    await session.run(BEGIN);
    const seen = await observe(session, command, limits);
    await session.run('rollback');
    return seen;
  };
  const { table, change } = await once();
  const setAnew = reassignedColumns(change, (await once()).change);
  if (setAnew) return { table: table.name, change, setAnew };
  throw new AssentError(
    'conflict',
    `The statement on ${name} did not change the same rows when it was run twice: they are being changed, or it picks them by chance. ` +
      'Try again, or name them by their keys.',
    { pointer: '/args/statement' },
  );
}

interface Attempt {
  readonly idempotencyKey: string;
  readonly signal: AbortSignal;
  readonly recorded: boolean;
}

async function applyOnce(
  session: SqlSession,
  effect: SqlEffect,
  { limits }: SqlPool,
  { idempotencyKey, signal, recorded }: Attempt,
): Promise<EffectResult> {
  await session.run(BEGIN);
  if (recorded) {
    const hash = contentHashOf(JSON.stringify([effect.statement, effect.params, effect.rows]));
    const claimed = await claim(session, idempotencyKey, hash, effect.rows.length);
    if (claimed === 'applied') {
      return { outcome: 'already_applied', output: { rowCount: effect.rows.length }, report: reportOf(effect) };
    }
  }
  const { change } = await observe(session, effect, limits);
  const rows = printsOf(change, effect.setAnew);
  if (!isDeepStrictEqual(rows, effect.rows) || !isDeepStrictEqual(change.tables, effect.tables)) {
    return { outcome: 'stale', output: staleOutput(effect, rows, change) };
  }
  signal.throwIfAborted();
  await session.commit();
  const returned = effect.returning.length === 0 ? {} : { rows: returnedRows(change, effect.returning) };
  return { outcome: 'applied', output: { rowCount: rows.length, ...returned }, report: reportOf(effect) };
}

function reportOf({ rows, table, connection }: SqlEffect): EffectReport {
  const changed = rows.length === 1 ? '1 row was changed' : `${rows.length} rows were changed`;
  return { ok: true, message: `${changed} in ${table} on ${connection}.` };
}

function staleOutput(effect: SqlEffect, rows: SqlEffect['rows'], change: SqlChange): JsonObject {
  const { missing, added } = differences(effect.rows, rows);
  return {
    approvedRowCount: effect.rows.length,
    rowCount: rows.length,
    // A row in both lists would change differently from what was approved.
    approvedOnly: missing.slice(0, NAMED_ROWS_MAX),
    nowOnly: added.slice(0, NAMED_ROWS_MAX),
    otherTablesDiffer: !isDeepStrictEqual(change.tables, effect.tables),
  };
}

function returnedRows({ rows }: SqlChange, columns: readonly string[]) {
  return rows.map(({ before, after }) => pick(after ?? before ?? {}, columns));
}

function assertColumns({ rows }: SqlChange, columns: readonly string[]): void {
  const row = rows[0]?.after ?? rows[0]?.before;
  const unknown = row && columns.find((column) => !Object.hasOwn(row, column));
  if (!unknown) return;
  throw new AssentError('invalid', '"returning" names a column that the table does not have.', {
    pointer: `/args/returning/${columns.indexOf(unknown)}`,
  });
}
