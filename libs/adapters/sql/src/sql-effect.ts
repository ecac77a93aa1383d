import { Type, type Static } from '@sinclair/typebox';
import { AssentError, closed, nullable, type JsonObject } from '@assent/contract';
import { ownSchemaCheck, visibleText } from '@assent/tools';
import { ParamsArgument, StatementArgument } from './sql-arguments';
import type { Row, RowChange, SqlChange } from './sql-change';
import { ConnectionName, ROWS_MAX } from './sql-settings';

/** Postgres allows 63 bytes for a name. A quoted name with its schema can be twice as long, and each quote is doubled. */
const NAME_MAX_CHARS = 300;
const COLUMNS_MAX = 1_600;
const Name = Type.String({ maxLength: NAME_MAX_CHARS });
const Count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

export const ReturningArgument = Type.Array(Type.String({ minLength: 1, maxLength: 63 }), {
  maxItems: 50,
  description: 'Columns of the changed rows to answer once it is done, such as a new id',
  examples: [['id']],
});

const SqlEffect = closed({
  connection: Type.String({ pattern: ConnectionName }),
  statement: StatementArgument,
  params: ParamsArgument,
  returning: ReturningArgument,
  table: Name,
  /** Columns that get a new value on each run. The approval does not cover their values. */
  setAnew: Type.Array(Name, { maxItems: COLUMNS_MAX }),
  /** The changed rows: keys, and a hash of the change. */
  rows: Type.Array(
    closed({
      key: Type.Record(Type.String(), nullable(Type.String())),
      hash: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    }),
    { maxItems: ROWS_MAX },
  ),
  tables: Type.Array(closed({ table: Name, inserted: Count, updated: Count, deleted: Count })),
});
/** The statement that is shown for approval, with the changes it may make. */
export type SqlEffect = Static<typeof SqlEffect>;

const check = ownSchemaCheck<SqlEffect>(SqlEffect);

/** @throws AssentError `conflict` for a stored effect that this version cannot have written */
export function parseSqlEffect(effect: JsonObject): SqlEffect {
  const checked = check(effect);
  if (checked.ok) return checked.value;
  throw new AssentError('conflict', 'The approved statement cannot be read by this version. Plan it again.');
}

/** The statement, its parameters, and each row before and after. Nothing is cut; a change too large to read was refused earlier. */
export function summaryOf(effect: SqlEffect, change: SqlChange): string {
  const others = effect.tables.filter(({ table }) => table !== effect.table);
  const rows = change.rows.length === 1 ? '1 row' : `${change.rows.length} rows`;
  const lines = [
    `${effect.connection}: ${rows} of ${effect.table}`,
    '',
    effect.statement,
    ...effect.params.map((value, index) => `$${index + 1} = ${JSON.stringify(value)}`),
    '',
    ...change.rows.flatMap((row) => rowLines(row, change.key, effect.setAnew)),
    ...others.map(
      ({ table, inserted, updated, deleted }) =>
        `also changed, by a trigger, a cascade or a partition: ${table} (${inserted} inserted, ${updated} updated, ${deleted} deleted)`,
    ),
  ];
  return lines.map(visibleText).join('\n');
}

function rowLines({ before, after }: RowChange, key: readonly string[], setAnew: readonly string[]): string[] {
  const named = before ?? after ?? {};
  const label = key
    .filter((column) => before ?? !setAnew.includes(column))
    .map((column) => `${column}=${named[column] ?? ''}`);
  const columns = Object.keys(named).sort();
  const changed = columns.filter(
    (column) => !before || !after || before[column] !== after[column] || setAnew.includes(column),
  );
  return [
    `@ ${before ? (after ? 'change' : 'delete') : 'insert'} ${label.join(', ')}`.trimEnd(),
    ...changed.flatMap((column) => [
      ...(before ? [`- ${column}: ${valueOf(before, column)}`] : []),
      ...(after
        ? [`+ ${column}: ${setAnew.includes(column) ? '(set when it is applied)' : valueOf(after, column)}`]
        : []),
    ]),
  ];
}

function valueOf(row: Row, column: string): string {
  return JSON.stringify(row[column] ?? null);
}
