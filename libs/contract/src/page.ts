import { invalidCursor } from './errors';
import { isUuid } from './schema';

/** Items of a page when the caller names no limit. */
export const DEFAULT_PAGE = 20;

/** One page of a list; `cursor` is that of the next page, null on the last one. */
export interface Page<Item> {
  readonly items: Item[];
  readonly cursor: string | null;
}

/**
 * The page of the rows that a query with `limit` has returned. A full page has a cursor even when nothing follows: the query does
 * not read further.
 * @param cursorOf the cursor after which the query continues
 */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  limit: number,
  toItem: (row: Row) => Item,
  cursorOf: (row: Row) => string,
): Page<Item> {
  const last = rows.length === limit ? rows.at(-1) : undefined;
  return { items: rows.map(toItem), cursor: last === undefined ? null : cursorOf(last) };
}

/** Rows that one statement of a scan reads. */
const SCAN_BATCH = 200;

/**
 * Up to `limit` rows that a condition outside of the database selects. Reads one batch after the other.
 * @param after where the first batch begins
 * @param cursorOf the place after a row
 */
export async function scan<Row, After>(
  limit: number,
  after: After,
  read: (after: After, limit: number) => Promise<readonly Row[]>,
  isWanted: (row: Row) => boolean,
  cursorOf: (row: Row) => After,
): Promise<Row[]> {
  const found: Row[] = [];
  for (let place = after; ;) {
    const rows = await read(place, SCAN_BATCH);
    found.push(...rows.filter(isWanted));
    const last = rows.at(-1);
    if (found.length >= limit || last === undefined || rows.length < SCAN_BATCH) return found.slice(0, limit);
    place = cursorOf(last);
  }
}

/** A cursor that is the id of a row. @throws AssentError invalid, pointer /cursor */
export function readUuidCursor(cursor: string | undefined): string | null {
  if (cursor === undefined || isUuid(cursor)) return cursor ?? null;
  throw invalidCursor();
}
