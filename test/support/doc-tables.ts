import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const DOCS = join(__dirname, '../../docs');

/** The rows of the table with these column names in a page of docs/, each cell without its code marks. @throws Error when there is none */
export function docTable(page: string, ...columns: readonly string[]): string[][] {
  const lines = readFileSync(join(DOCS, page), 'utf8').split('\n');
  const head = lines.findIndex((line) => line.startsWith('|') && cellsOf(line).join() === columns.join());
  if (head < 0) throw new Error(`${page} has no table with the columns ${columns.join(', ')}`);
  const rows = lines.slice(head + 2);
  const end = rows.findIndex((line) => !line.startsWith('|'));
  return rows.slice(0, end < 0 ? undefined : end).map(cellsOf);
}

function cellsOf(line: string): string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.replaceAll('`', '').trim());
}
