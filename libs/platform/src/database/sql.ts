/**
 * A piece of SQL with its values still in place. Pieces nest; parameters are numbered once, when the statement is
 * compiled. `Uses` lists the named parts that it selects from.
 */
export class Sql<Uses = unknown> {
  declare readonly uses: Uses;

  constructor(
    readonly strings: readonly string[],
    readonly values: readonly unknown[],
  ) {}
}

/** Rows of a named part, for other parts of the same statement; in a template it becomes the name. */
export class Reference<Name extends string = string, Row = unknown> {
  declare readonly row: Row;

  constructor(readonly name: Name) {}

  /** `run."tenantId"` */
  column(key: keyof Row & string): Sql<Record<Name, Row>> {
    return new Sql([`${this.name}."${key}"`], []);
  }
}

/** One named part of a `with` list: a common table expression. Parts that select from it take it as a value. */
export class Cte<Name extends string = string, Row = unknown, Uses = unknown> extends Reference<Name, Row> {
  constructor(
    name: Name,
    readonly sql: Sql<Uses>,
  ) {
    super(name);
  }

  /** Declares the columns of its rows, for parts that need them. */
  withRows<Declared>(): Cte<Name, Declared, Uses> {
    return new Cte(this.name, this.sql);
  }
}

type UsesOf<Value> =
  Value extends Reference<infer Name, infer Row> ? Record<Name, Row> : Value extends Sql<infer Uses> ? Uses : unknown;
type Intersection<Values> = (Values extends unknown ? (uses: UsesOf<Values>) => void : never) extends (
  uses: infer Uses,
) => void
  ? Uses
  : never;

/**
 * Tagged template: a value becomes a parameter, a piece of SQL is inserted, a part of the statement becomes its name.
 */
export function sql<const Values extends readonly unknown[]>(
  strings: TemplateStringsArray,
  ...values: Values
): Sql<Intersection<Values[number]>> {
  return new Sql(strings, values);
}

/** @param name `<verb>_<table>`, plus a suffix where a statement has several, e.g. `update_approvals_voided` */
export function cte<Name extends string, Uses>(name: Name, part: Sql<Uses>): Cte<Name, unknown, Uses> {
  return new Cte(name, part);
}

/**
 * `with a as (...), b as (...) <final>`: one statement, so one transaction and one round trip.
 * @throws Error when two parts have the same name
 */
export function withCtes(ctes: readonly Cte[], final: Sql): Sql {
  const strings: string[] = [];
  const values: unknown[] = [];
  const names = new Set<string>();
  for (const { name, sql: part } of ctes) {
    if (names.has(name)) throw new Error(`a statement has two parts named ${name}`);
    strings.push(`${names.size === 0 ? 'with ' : '), '}${name} as (`);
    names.add(name);
    values.push(part);
  }
  strings.push(ctes.length === 0 ? '' : ') ');
  values.push(final);
  strings.push('');
  return new Sql(strings, values);
}

export interface CompiledSql {
  readonly text: string;
  readonly values: unknown[];
}

export function compile(statement: Sql): CompiledSql {
  const values: unknown[] = [];
  return { text: render(statement, values), values };
}

function render(part: Sql, values: unknown[]): string {
  let text = part.strings[0] ?? '';
  part.values.forEach((value, index) => {
    if (value instanceof Sql) text += render(value, values);
    else if (value instanceof Reference) text += (value as Reference).name;
    else text += `$${values.push(value)}`;
    text += part.strings[index + 1] ?? '';
  });
  return text;
}

/** The pattern for `like` of texts that contain this one as it is. */
export function containing(text: string): string {
  return `%${text.replaceAll(/[\\%_]/g, '\\$&')}%`;
}
