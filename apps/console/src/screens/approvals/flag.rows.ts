import type { CharacterFlag } from '@assent/client';
import type { PatchFile, PatchRow } from './patch.rows';

/** A row of the page, by its file and its numbers: an anchor that the table and the list of flags agree on. */
export function rowId(fileIndex: number, row: PatchRow): string {
  return row.new === null ? `f${fileIndex}-o${row.old ?? 0}` : `f${fileIndex}-n${row.new}`;
}

export interface RowPlace {
  readonly fileIndex: number;
  readonly id: string;
}

/** Where a flag stands; null: its row is not in the patch that is shown. */
export function placeOf(files: readonly PatchFile[], flag: CharacterFlag): RowPlace | null {
  const fileIndex = files.findIndex(({ path }) => path === flag.path);
  const rows = files[fileIndex]?.hunks.flatMap(({ rows: all }) => all) ?? [];
  const row = rows.find((candidate) => isAt(candidate, flag));
  return row ? { fileIndex, id: rowId(fileIndex, row) } : null;
}

/** The line of a flag is that after the change; before it for a line that goes. */
function isAt({ mark, text, old, new: after }: PatchRow, flag: CharacterFlag): boolean {
  if ((mark === '+') !== flag.added) return false;
  if ((mark === '-' ? old : after) !== flag.line) return false;
  const code = Number.parseInt(flag.codePoint.slice('U+'.length), 16);
  return Array.from(text)[flag.column - 1]?.codePointAt(0) === code;
}
