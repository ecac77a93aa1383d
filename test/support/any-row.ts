import { randomUUID } from 'node:crypto';

/** Sends a statement. @returns its rows */
type Send = <Row extends object>(text: string, values: unknown[]) => Promise<Row[]>;

interface Column {
  readonly name: string;
  readonly type: string;
}

/** A value of each type, for columns that need one. */
const VALUES: Readonly<Record<string, () => unknown>> = {
  uuid: randomUUID,
  text: randomUUID,
  integer: () => 1,
  bigint: () => 1,
  'double precision': () => 0.5,
  boolean: () => false,
  json: () => '{}',
  jsonb: () => '{}',
  bytea: () => Buffer.from('x'),
  tsvector: () => '',
  'timestamp with time zone': () => new Date(),
  ARRAY: () => '{}',
};

/** @param which a condition on `information_schema.columns` */
export function columnsOf(send: Send, table: string, which: string): Promise<Column[]> {
  return send<Column>(
    `select column_name as name, data_type as type from information_schema.columns where table_schema = 'public' and table_name = $1 and ${which}`,
    [table],
  );
}

/** Inserts a row of any table: with the given values, and some value of its type in every other column that needs one. */
export async function insertAnyRow(
  send: Send,
  table: string,
  given: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const needed = await columnsOf(
    send,
    table,
    `is_nullable = 'NO' and column_default is null and is_identity = 'NO' and is_generated = 'NEVER'`,
  );
  const row = { ...Object.fromEntries(needed.map(({ name, type }) => [name, VALUES[type]?.()])), ...given };
  const names = Object.keys(row);
  await send(
    `insert into ${table} (${names.map((name) => `"${name}"`).join(', ')}) values (${names.map((_, index) => `$${index + 1}`).join(', ')})`,
    Object.values(row),
  );
}
