/** A plan of memory as its text names it. */
export interface PlanText {
  readonly head: string;
  readonly ops: readonly Readonly<Record<string, unknown>>[];
}

/** The definition of a tool as it is and as it was trusted; null: nobody has trusted it. */
export interface TrustText {
  readonly head: string;
  readonly now: string;
  readonly before: string | null;
}

const TRUSTED = '\n\nAs it was trusted:\n';
const NEVER = '\n\nNobody has trusted it before.';

/** @returns null for a text of another form, which is shown as it is */
export function planText(text: string): PlanText | null {
  const end = text.indexOf('\n');
  const ops = parsed(text.slice(end + 1));
  if (end === -1 || !Array.isArray(ops)) return null;
  return ops.every(isObject) ? { head: text.slice(0, end), ops } : null;
}

/** @returns null for a text of another form, which is shown as it is */
export function trustText(text: string): TrustText | null {
  const end = text.indexOf('\n');
  const middle = Math.max(text.lastIndexOf(TRUSTED), text.lastIndexOf(NEVER));
  if (end === -1 || middle <= end) return null;
  const now = text.slice(end + 1, middle);
  const isNew = text.startsWith(NEVER, middle);
  const before = isNew ? null : text.slice(middle + TRUSTED.length).trimEnd();
  if (!isObject(parsed(now)) || (before !== null && !isObject(parsed(before)))) return null;
  return { head: text.slice(0, end), now, before };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
