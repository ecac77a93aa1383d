import type { EntitySchemaColumnOptions } from 'typeorm';
import { Sql } from './sql';

/** Stored times have millisecond precision, like the wire. */
const INSTANT_PRECISION = 3;

/**
 * One column. `T` is the type that the driver returns and accepts, JSON as its parsed value. `Optional` columns can be
 * omitted from an insert: they are nullable, have a default, or are filled by the database.
 */
export class Column<T, Optional extends boolean = false> {
  declare readonly row: T;
  declare readonly optional: Optional;

  constructor(readonly definition: EntitySchemaColumnOptions) {}

  nullable(): Column<T | null, true> {
    return new Column({ ...this.definition, nullable: true });
  }

  /** @param value in the form of TypeORM's `default` */
  default(value: unknown): Column<T, true> {
    return new Column({ ...this.definition, default: value });
  }

  array(): Column<readonly T[]> {
    return new Column({ ...this.definition, array: true });
  }

  /** Numbered by the database. */
  generated(): Column<T, true> {
    return new Column({ ...this.definition, generated: 'increment' });
  }
}

export const text = <T extends string = string>(): Column<T> => new Column({ type: 'text' });
export const uuid = (): Column<string> => new Column({ type: 'uuid' });
export const integer = <T extends number = number>(): Column<T> => new Column({ type: 'integer' });
/** The driver returns it as text, because a number cannot represent every value. */
export const bigint = (): Column<string> => new Column({ type: 'bigint' });
export const double = (): Column<number> => new Column({ type: 'double precision' });
export const boolean = (): Column<boolean> => new Column({ type: 'boolean' });
export const instant = (): Column<Date> =>
  new Column({ type: 'timestamp with time zone', precision: INSTANT_PRECISION });
export const bytes = (): Column<Buffer> => new Column({ type: 'bytea' });
/** Stored byte for byte as written. */
export const json = <T = unknown>(): Column<T> => new Column({ type: 'json' });
export const jsonb = <T = unknown>(): Column<T> => new Column({ type: 'jsonb' });
export const lexemes = (): Column<string> => new Column({ type: 'tsvector' });

type Columns = Readonly<Record<string, Column<unknown, boolean>>>;
type Key<C> = keyof C & string;

/** A complete row, as returned by the table's `select` lists. */
export type RowOf<T extends Table<Columns>> = {
  readonly [K in keyof T['columns']]: T['columns'][K]['row'];
};

type OptionalKey<C extends Columns> = { [K in keyof C]: true extends C[K]['optional'] ? K : never }[keyof C];

/** Values of an insert: plain values become parameters, an `Sql` is an expression over the source of the insert. */
export type InsertOf<C extends Columns> = {
  readonly [K in Exclude<keyof C, OptionalKey<C>>]: C[K]['row'] | Sql;
} & { readonly [K in OptionalKey<C>]?: C[K]['row'] | Sql | undefined };

/** `synchronize: false`: TypeORM cannot express the index; only the migration defines it. */
export type IndexDefinition<Name extends string> =
  | readonly Name[]
  | { readonly on: readonly Name[]; readonly unique?: true; readonly where?: string }
  | { readonly synchronize: false };

/** @typeParam Name properties of the table's columns */
export interface Constraints<Name extends string> {
  /** Its constraint is named `<table>_pkey`. */
  readonly primaryKey: readonly [Name, ...Name[]];
  readonly indexes?: Readonly<Record<string, IndexDefinition<Name>>>;
  /** SQL conditions by name. */
  readonly checks?: Readonly<Record<string, string>>;
}

/**
 * One table. Its row type (`RowOf`), select lists and inserts are derived from this declaration; tests also derive its
 * TypeORM entity.
 */
export class Table<C extends Columns> {
  /** test/pins/schema.spec.ts compares them and the columns with the result of the migrations. */
  readonly constraints: Constraints<string>;

  constructor(
    readonly name: string,
    readonly columns: C,
    constraints: Constraints<Key<C>>,
  ) {
    this.constraints = constraints;
  }

  /**
   * A select or `returning` list: `runs.id, runs.tenant_id as "tenantId"`.
   * @param keys all if absent;
   * @param alias of the table
   */
  list(keys: readonly Key<C>[] = Object.keys(this.columns), alias = this.name): Sql {
    const columns = keys.map((key) => {
      const column = columnName(key);
      return column === key ? `${alias}.${column}` : `${alias}.${column} as "${key}"`;
    });
    return new Sql([columns.join(', ')], []);
  }

  /**
   * An insert of one row for each row of `from`.
   * @param from the text after the select list, e.g. `from run where ...`; absent: one row
   */
  insert<Uses>(values: InsertOf<C>, from?: Sql<Uses>): Sql<Uses> {
    const row = values as Readonly<Record<string, unknown>>;
    const given = Object.keys(this.columns).filter((key) => row[key] !== undefined);
    const names = given.map(columnName).join(', ');
    const strings = [`insert into ${this.name} (${names}) select `, ...given.slice(1).map(() => ', '), ' ', ''];
    const parameters = given.map((key) => this.parameter(key, row[key]));
    return new Sql(strings, [...parameters, from ?? new Sql([''], [])]);
  }

  private parameter(key: string, value: unknown): unknown {
    if (value === null || value instanceof Sql) return value;
    return isJson(this.columns[key]) ? JSON.stringify(value) : value;
  }
}

/** A table of any columns, for code that reads declarations. */
export type AnyTable = Pick<Table<Columns>, 'name' | 'columns' | 'constraints'>;

export function table<C extends Columns>(name: string, columns: C, constraints: Constraints<Key<C>>): Table<C> {
  return new Table(name, columns, constraints);
}

function isJson(column: Column<unknown, boolean> | undefined): boolean {
  const type = column?.definition.type;
  return type === 'json' || type === 'jsonb';
}

const columnNames = new Map<string, string>();

/** The property `tenantId` is the column `tenant_id`. */
export function columnName(key: string): string {
  let name = columnNames.get(key);
  if (name === undefined) {
    // Statements are composed often, from few properties.
    name = key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    columnNames.set(key, name);
  }
  return name;
}
