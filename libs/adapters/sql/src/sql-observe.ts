import { AssentError } from '@assent/contract';
import { quotePath } from '@assent/tools';
import type { Params } from './sql-arguments';
import type { Row, SqlChange, TableCount } from './sql-change';
import { checkFunctions } from './sql-functions';
import { TooManyBytes, type SqlSession } from './sql-session';
import type { SqlLimits } from './sql-settings';
import { capturing, needsKey, parseHead, type SqlTable } from './sql-statement';

const FIND_TABLE = `
  select
    c.oid::bigint as oid,
    pg_catalog.format('%I.%I', n.nspname, c.relname) as name,
    coalesce(
      (
        select pg_catalog.json_agg(a.attname order by k.place)
        from pg_catalog.pg_index i
          cross join lateral pg_catalog.unnest(i.indkey) with ordinality k (number, place)
          join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number
        where i.indrelid = c.oid and i.indisprimary
      ),
      '[]'
    ) as key
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.oid = pg_catalog.to_regclass($1) and c.relkind in ('r', 'p')`;

/** Counters of this transaction and of earlier ones not yet reported, so only differences are meaningful. */
const COUNTS = `
  select
    pg_catalog.format('%I.%I', schemaname, relname) as name,
    n_tup_ins as inserted, n_tup_upd as updated, n_tup_del as deleted
  from pg_catalog.pg_stat_xact_user_tables
  where n_tup_ins + n_tup_upd + n_tup_del > 0
  order by 1`;

const SAME_TABLE = `
  select bool_and($2::oid in (select relid from pg_catalog.pg_partition_ancestors(t::oid::pg_catalog.regclass)
    union all select t::oid)) as same
  from pg_catalog.unnest($1::bigint[]) t`;

export interface SqlCommand {
  readonly statement: string;
  readonly params: Params;
}

/**
 * Runs a changing statement inside the open transaction and returns its changes.
 * @param version of the server (server_version_num); queried when absent
 * @throws AssentError `invalid` when it changes more rows than can be shown, or a table whose rows cannot be shown
 */
export async function observe(
  session: SqlSession,
  { statement, params }: SqlCommand,
  limits: SqlLimits,
  version?: number,
): Promise<{ readonly table: SqlTable; readonly change: SqlChange }> {
  const head = parseHead(statement);
  // A rolled-back sequence number is lost, which is harmless.
  await checkFunctions(session, statement, ['nextval']);
  const server = version ?? (await versionOf(session));
  const table = await findTable(session, head.table);
  if (needsKey(server) && table.key.length === 0) {
    throw refused(`The table ${table.name} has no primary key, and this server cannot show its rows without one.`);
  }
  const before = await counts(session);
  const rows = await run(session, capturing(statement, head, table, server), params, limits);
  // Run deferred constraints and triggers now, so that their changes are counted.
  await session.run('set constraints all immediate');
  const tables = difference(before, await counts(session));
  const change = {
    key: table.key,
    rows: rows.map((row) => ({ before: rowOf(row['assent_before']), after: rowOf(row['assent_after']) })),
    tables,
  };
  await assertOwnRows(session, rows, table);
  if (needsKey(server) && head.verb === 'update' && change.rows.some((row) => row.before === null)) {
    throw refused('The statement changes primary keys, which this server cannot show (Postgres 18 can).');
  }
  return { table, change };
}

async function versionOf(session: SqlSession): Promise<number> {
  const [row] = await session.run("select pg_catalog.current_setting('server_version_num')::int as version");
  return Number(row?.['version']);
}

async function findTable(session: SqlSession, name: string): Promise<SqlTable> {
  const [row] = await session.run(FIND_TABLE, [name]);
  if (!row)
    throw refused(`There is no table ${quotePath(name)} for this role (views and foreign tables are not changed).`);
  return { oid: Number(row['oid']), name: String(row['name']), key: JSON.parse(String(row['key'])) as string[] };
}

async function run(session: SqlSession, text: string, params: Params, { maxRows, maxBytes }: SqlLimits) {
  session.limit(2 * maxBytes);
  try {
    const rows = await session.run(text, params);
    session.limit(Number.POSITIVE_INFINITY);
    if (rows.length > maxRows) {
      throw refused(
        `The statement changes ${rows.length} rows; at most ${maxRows} can be put to a person. Narrow it down.`,
      );
    }
    return rows;
  } catch (thrown) {
    if (!(thrown instanceof TooManyBytes)) throw thrown;
    throw refused('The statement changes more bytes of rows than can be put to a person. Narrow it down.');
  }
}

/** Checks on the server that the rows belong to this table or its partitions, because its name was parsed from text. */
async function assertOwnRows(session: SqlSession, rows: readonly Readonly<Record<string, unknown>>[], table: SqlTable) {
  const oids = [...new Set(rows.map((row) => Number(row['assent_table'])))];
  if (oids.every((oid) => oid === table.oid)) return;
  const [found] = await session.run(SAME_TABLE, [oids, table.oid]);
  if (found?.['same'] !== true) throw refused(`The statement changes rows of other tables than ${table.name}.`);
}

async function counts(session: SqlSession): Promise<Map<string, TableCount>> {
  const rows = await session.run(COUNTS);
  return new Map(
    rows.map((row) => {
      const table = String(row['name']);
      const [inserted, updated, deleted] = [row['inserted'], row['updated'], row['deleted']].map(Number);
      return [table, { table, inserted: inserted ?? 0, updated: updated ?? 0, deleted: deleted ?? 0 }];
    }),
  );
}

function difference(before: ReadonlyMap<string, TableCount>, after: ReadonlyMap<string, TableCount>): TableCount[] {
  return Array.from(after.values(), ({ table, inserted, updated, deleted }) => {
    const old = before.get(table) ?? { inserted: 0, updated: 0, deleted: 0 };
    return { table, inserted: inserted - old.inserted, updated: updated - old.updated, deleted: deleted - old.deleted };
  }).filter(({ inserted, updated, deleted }) => inserted + updated + deleted > 0);
}

function rowOf(text: unknown): Row | null {
  return typeof text === 'string' ? (JSON.parse(text) as Row) : null;
}

function refused(message: string): AssentError {
  return new AssentError('invalid', message, { pointer: '/args/statement' });
}
