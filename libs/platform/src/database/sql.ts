/** A piece of SQL with its values still in place; pieces nest, and numbering happens once, when the whole is compiled. */
export class Sql {
  constructor(
    readonly strings: readonly string[],
    readonly values: readonly unknown[],
  ) {}
}

/** Tagged template: every `${value}` becomes a parameter, every `${sql`...`}` is spliced in. */
export function sql(strings: TemplateStringsArray, ...values: readonly unknown[]): Sql {
  return new Sql(strings, values);
}

/** One named part of a `with` list. */
export interface Cte {
  readonly name: string;
  readonly sql: Sql;
}

export function cte(name: string, part: Sql): Cte {
  return { name, sql: part };
}

/** `with a as (...), b as (...) <final>`: one statement, so one transaction and one round trip. */
export function withCtes(ctes: readonly Cte[], final: Sql): Sql {
  const strings: string[] = [];
  const values: unknown[] = [];
  ctes.forEach(({ name, sql: part }, index) => {
    strings.push(`${index === 0 ? 'with ' : '), '}${name} as (`);
    values.push(part);
  });
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
    else text += `$${values.push(value)}`;
    text += part.strings[index + 1] ?? '';
  });
  return text;
}
