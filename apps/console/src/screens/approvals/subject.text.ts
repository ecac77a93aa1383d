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

/** The input of a coding agent's tool, in the parts in which a person reads it. */
export interface InputParts {
  readonly edits: readonly { readonly path: string; readonly before: string; readonly after: string }[];
  readonly command: string | null;
  /** Everything else, so that nothing is left out. */
  readonly rest: readonly (readonly [name: string, value: unknown])[];
}

/** Names of the arguments of an edit, by agents: path, text before, text after. */
const EDIT_NAMES = [
  ['file_path', 'old_string', 'new_string'],
  ['filePath', 'oldString', 'newString'],
] as const;
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

/** The edit of a file by its old and new text, or the command, and the rest. */
export function partsOfInput(input: Readonly<Record<string, unknown>>): InputParts {
  for (const [path, before, after] of EDIT_NAMES) {
    const { [path]: file, [before]: from, [after]: to, ...others } = input;
    if (typeof file !== 'string' || 'content' in others || 'edits' in others || 'command' in others) continue;
    if (typeof from !== 'string' || typeof to !== 'string') continue;
    return { edits: [{ path: file, before: from, after: to }], command: null, rest: Object.entries(others) };
  }
  const { command, ...others } = input;
  return typeof command === 'string'
    ? { edits: [], command, rest: Object.entries(others) }
    : { edits: [], command: null, rest: Object.entries(input) };
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

/** Which calls a drafted rule is about, by the condition that it has beside the tool. */
export function ruleReach(rule: Readonly<Record<string, unknown>>): 'commands' | 'paths' | 'hosts' | 'tool' {
  return (['commands', 'paths', 'hosts'] as const).find((condition) => condition in rule) ?? 'tool';
}
