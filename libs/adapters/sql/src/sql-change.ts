import { createHash } from 'node:crypto';

/** Values by column, in the server's text form. */
export type Row = Readonly<Record<string, string | null>>;

/** One row that a statement changed; `before` is null for an insert, `after` for a delete. */
export interface RowChange {
  readonly before: Row | null;
  readonly after: Row | null;
}

/** Number of rows that the statement, a trigger or a cascading foreign key changed in one table. */
export interface TableCount {
  readonly table: string;
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
}

/** The changes of a statement inside its transaction. */
export interface SqlChange {
  /** Columns of the primary key. */
  readonly key: readonly string[];
  readonly rows: readonly RowChange[];
  /** Sorted by table. */
  readonly tables: readonly TableCount[];
}

/** A row without its values: identifies the row and shows whether its change is the same. */
export interface RowPrint {
  /** Primary key; empty when the key is assigned anew on each run. */
  readonly key: Row;
  /** SHA-256 (hex) of the key and the columns before and after, except columns that are assigned anew on each run. */
  readonly hash: string;
}

/**
 * Columns whose new value differs on each run of the statement (sequences, now(), random()), found by running it twice.
 * @returns null when the two runs changed different rows
 */
export function reassignedColumns(first: SqlChange, second: SqlChange): string[] | null {
  if (first.rows.length !== second.rows.length) return null;
  const others = new Map(second.rows.map((row, index) => [identityOf(row, first.key, index), row]));
  const anew = new Set<string>();
  for (const [index, row] of first.rows.entries()) {
    const other = others.get(identityOf(row, first.key, index));
    if (!other || JSON.stringify(row.before) !== JSON.stringify(other.before)) return null;
    if ((row.after === null) !== (other.after === null)) return null;
    for (const [column, value] of Object.entries(row.after ?? {})) {
      if (other.after?.[column] !== value) anew.add(column);
    }
  }
  return [...anew].sort();
}

/** The rows in an order that does not depend on the server. */
export function printsOf({ rows, key }: SqlChange, setAnew: readonly string[]): RowPrint[] {
  return rows
    .map(({ before, after }) => {
      const stable = { before, after: without(after, setAnew) };
      const shownKey = before ? pick(before, key) : without(pick(after ?? {}, key), setAnew);
      return { key: shownKey ?? {}, hash: createHash('sha256').update(canonical(stable)).digest('hex') };
    })
    .sort((a, b) => (a.hash < b.hash ? -1 : Number(a.hash > b.hash)));
}

/** Rows that only one of two runs changed, by key. A row in both lists was changed differently. */
export function differences(approved: readonly RowPrint[], now: readonly RowPrint[]): { missing: Row[]; added: Row[] } {
  const minus = (from: readonly RowPrint[], what: readonly RowPrint[]) => {
    const counts = new Map<string, number>();
    for (const { hash } of what) counts.set(hash, (counts.get(hash) ?? 0) + 1);
    return from.filter(({ hash }) => {
      const left = counts.get(hash) ?? 0;
      counts.set(hash, left - 1);
      return left <= 0;
    });
  };
  return { missing: minus(approved, now).map(({ key }) => key), added: minus(now, approved).map(({ key }) => key) };
}

/** Whether the statement changed nothing. Changes in other tables than that of the rows count. */
export function changesNothing({ rows, tables }: SqlChange, table: string): boolean {
  return (
    rows.every(({ before, after }) => canonical(before) === canonical(after)) &&
    tables.every((other) => other.table === table)
  );
}

export function pick(row: Row, columns: readonly string[]): Row {
  return Object.fromEntries(columns.map((column) => [column, row[column] ?? null]));
}

/** Existing rows are identified by their key, new rows by their position, because their key may be assigned anew. */
function identityOf({ before }: RowChange, key: readonly string[], index: number): string {
  return before && key.length > 0 ? canonical(pick(before, key)) : String(index);
}

function without(row: Row | null, columns: readonly string[]): Row | null {
  return row && Object.fromEntries(Object.entries(row).filter(([column]) => !columns.includes(column)));
}

function canonical(value: unknown): string {
  return JSON.stringify(value);
}
