export interface Range {
  readonly from: string;
  readonly to: string;
}

const MINUTE_MS = 60_000;
const LOCAL_CHARS = 16;

/** A time as `<input type="datetime-local">` has it, in the zone of the browser. */
export function localText(time: number): string {
  const offset = new Date(time).getTimezoneOffset() * MINUTE_MS;
  return new Date(time - offset).toISOString().slice(0, LOCAL_CHARS);
}

/** The range of two local times; null: one is not a time, or the end is not later than the beginning. */
export function rangeOf(from: string, to: string): Range | null {
  const [begin, end] = [Date.parse(from), Date.parse(to)];
  if (Number.isNaN(begin) || Number.isNaN(end) || end <= begin) return null;
  return { from: new Date(begin).toISOString(), to: new Date(end).toISOString() };
}
