import { AssentError } from '@assent/contract';

export type Verb = 'insert' | 'update' | 'delete';

/** The beginning of a statement: its verb and the table it changes. */
export interface StatementHead {
  readonly verb: Verb;
  /** Name as written, with schema and quotes if present. */
  readonly table: string;
  /** Name of the rows in the statement. */
  readonly alias: string;
}

/** A table of the catalogue. */
export interface SqlTable {
  readonly oid: number;
  /** Name with schema, quoted where needed. */
  readonly name: string;
  /** Columns of the primary key; empty without one. */
  readonly key: readonly string[];
}

const NAME = String.raw`(?:"(?:[^"]|"")+"|[a-z_\u0080-\uffff][\w$\u0080-\uffff]*)`;
const HEAD = new RegExp(
  String.raw`^\s*(insert\s+into|update|delete\s+from)\s+(?:only\s+)?(${NAME}(?:\.${NAME})?)(?=[\s(;]|$)(?:\s+as\s+(${NAME})|\s+(${NAME}))?`,
  'i',
);
/** Keywords that may follow the table name and are not an alias. */
const KEYWORDS: ReadonlySet<string> = new Set([
  'set',
  'using',
  'where',
  'values',
  'select',
  'default',
  'overriding',
  'with',
  'table',
  'returning',
  'for',
  'as',
]);
/** First version whose RETURNING can return rows before and after the change. */
const OLD_AND_NEW_VERSION = 180_000;
const IDENTITY = (row: string) =>
  `(select pg_catalog.jsonb_object_agg(key, value) from pg_catalog.jsonb_each_text(pg_catalog.to_jsonb(${row})))::text`;

/**
 * Parses the head. The statement has to begin with its verb: a leading WITH could change other tables, and Postgres accepts a
 * changing WITH nowhere else.
 * @throws AssentError `invalid` (pointer /args/statement)
 */
export function parseHead(statement: string): StatementHead {
  const [, verb = '', table = '', named, bare = ''] = HEAD.exec(statement) ?? [];
  if (table === '') {
    throw new AssentError(
      'invalid',
      'The statement does not begin with INSERT INTO, UPDATE or DELETE FROM and the plain name of a table. Write one of them, ' +
        'without WITH or a comment in front.',
      { pointer: '/args/statement' },
    );
  }
  const alias = named ?? (KEYWORDS.has(bare.toLowerCase()) ? '' : bare);
  const own = /(?:"(?:[^"]|"")+"|[^."]+)$/.exec(table)?.[0] ?? table;
  return {
    verb: verb.slice(0, 6).toLowerCase() as Verb,
    table,
    alias: alias === '' ? own : alias,
  };
}

/**
 * Adds a RETURNING clause that returns the table of each row and its columns before and after as JSON of texts. The clause is
 * the only text after the statement and on its own line, so that no comment can hide it and it closes no quote.
 * @param version of the server; before 18, the old row is read by its key from the snapshot of the statement
 */
export function capturing(statement: string, { verb, alias }: StatementHead, table: SqlTable, version: number): string {
  const text = statement.replace(/[;\s]+$/, '');
  if (version >= OLD_AND_NEW_VERSION) {
    return `${text}
returning with (old as assent_old, new as assent_new)
  coalesce(assent_new.tableoid, assent_old.tableoid)::bigint as assent_table,
  ${IDENTITY('assent_old')} as assent_before,
  ${IDENTITY('assent_new')} as assent_after`;
  }
  const same = table.key.map((column) => `assent_old.${quoted(column)} = ${alias}.${quoted(column)}`).join(' and ');
  const stored = `(select ${IDENTITY('assent_old')} from ${table.name} assent_old where ${same})`;
  return `${text}
returning
  ${alias}.tableoid::bigint as assent_table,
  ${verb === 'delete' ? IDENTITY(alias) : stored} as assent_before,
  ${verb === 'delete' ? 'null' : IDENTITY(alias)} as assent_after`;
}

/** Whether the row-level diff needs a primary key on this server version. */
export function needsKey(version: number): boolean {
  return version < OLD_AND_NEW_VERSION;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
