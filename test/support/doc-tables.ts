import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const DOCS = join(__dirname, '../../docs');

/**
 * The rows of the table with these column names in a page of docs/, each cell without its code marks.
 * @throws Error when the table is missing
 */
export function docTable(page: string, ...columns: readonly string[]): string[][] {
  const [table] = tablesOf(page, columns);
  if (!table) throw new Error(`${page} has no table with the columns ${columns.join(', ')}`);
  return table;
}

/** The rows of all tables with these column names, as `docTable` reads them. */
export function docTables(page: string, ...columns: readonly string[]): string[][] {
  return tablesOf(page, columns).flat();
}

function tablesOf(page: string, columns: readonly string[]): string[][][] {
  const lines = readFileSync(join(DOCS, page), 'utf8').split('\n');
  return lines.flatMap((line, head) => {
    if (!line.startsWith('|') || cellsOf(line).join() !== columns.join()) return [];
    const rows = lines.slice(head + 2);
    const end = rows.findIndex((row) => !row.startsWith('|'));
    return [rows.slice(0, end < 0 ? undefined : end).map(cellsOf)];
  });
}

function cellsOf(line: string): string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.replaceAll('`', '').trim());
}
