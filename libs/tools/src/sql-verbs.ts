/** Verbs that also count inside a statement, regardless of its first word. */
const INSIDE = new Set(['insert', 'update', 'delete', 'merge']);
/** Begins a statement without naming its verb. */
const OPENING = 'with';
const WORD = /[\p{L}_][\p{L}\p{N}_$]*/uy;
const DOLLAR_QUOTE = /\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$/uy;

export interface SqlVerbs {
  /** Lower case. */
  readonly verbs: ReadonlySet<string>;
  /** false: the text could not be read to its end and may contain any verb. */
  readonly readable: boolean;
}

/**
 * The verbs of an SQL text: the first word of each statement and of every inner part that changes something, as in `with
 * gone as (delete ...) select`. Overestimates rather than underestimates (`for update` counts as an update). It is meant for
 * rules and is not a parser; the rights of the database role are the security boundary.
 */
export function sqlVerbs(text: string): SqlVerbs {
  const verbs = new Set<string>();
  let first: string | null = null;
  let before = '';
  let at = 0;
  while (at < text.length) {
    const next = afterQuoted(text, at);
    if (next === null) return { verbs, readable: false };
    const word = next === at ? matchAt(WORD, text, at)?.toLowerCase() : undefined;
    if (word !== undefined) {
      if (first === null ? word !== OPENING : marksVerb(word, first, before)) verbs.add(word);
      first ??= word;
      before = word;
    } else if (next === at && text[at] === ';') {
      first = null;
    }
    at = next === at ? at + (word?.length ?? 1) : next;
  }
  return { verbs, readable: true };
}

/**
 * Names before a parenthesis, which may call a function: without schema, case-folded like in the server. Overestimates rather
 * than underestimates.
 * @returns null when the text cannot be read to its end, or contains a name written with Unicode escapes
 */
export function calledNames(text: string): ReadonlySet<string> | null {
  const names = new Set<string>();
  let name: string | null = null;
  let at = 0;
  while (at < text.length) {
    const next = afterQuoted(text, at);
    if (next === null) return null;
    if (next > at) {
      const isName = text[at] === '"';
      if (isName && /(?:^|[^\p{L}\p{N}_$])[uU]&$/u.test(text.slice(Math.max(0, at - 3), at))) return null;
      if (isName) name = text.slice(at + 1, next - 1).replaceAll('""', '"');
      else if (!isComment(text, at)) name = null;
      at = next;
      continue;
    }
    const word = matchAt(WORD, text, at);
    if (word !== undefined) name = word.toLowerCase();
    else if (text[at] === '(' && name !== null) names.add(name);
    if (word === undefined && !/\s/.test(text[at] ?? '')) name = null;
    at += word?.length ?? 1;
  }
  return names;
}

function isComment(text: string, at: number): boolean {
  const two = text.slice(at, at + 2);
  return two === '--' || two === '/*';
}

/** A `select` in an insert is not a separate verb; `into` after select creates a table. */
function marksVerb(word: string, first: string, before: string): boolean {
  if (word === 'select') return !INSIDE.has(first);
  if (word === 'into') return !INSIDE.has(before);
  return INSIDE.has(word);
}

/** Index after a comment or quoted text that begins at `at`; `at` itself when none begins there; null when it has no end. */
function afterQuoted(text: string, at: number): number | null {
  const two = text.slice(at, at + 2);
  if (two === '--') return lineEnd(text, at);
  if (two === '/*') return commentEnd(text, at);
  const char = text[at];
  if (char === '"') return quoteEnd(text, at, '"', false);
  if (char === "'")
    return quoteEnd(text, at, "'", /[eE]/.test(text[at - 1] ?? '') && !/[\p{L}\p{N}_$]/u.test(text[at - 2] ?? ''));
  if (char === '$') {
    const tag = matchAt(DOLLAR_QUOTE, text, at);
    if (tag === undefined) return at;
    const end = text.indexOf(tag, at + tag.length);
    return end < 0 ? null : end + tag.length;
  }
  return at;
}

function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end;
}

/** Comments nest. */
function commentEnd(text: string, at: number): number | null {
  let depth = 0;
  for (let place = at; place < text.length; place += 1) {
    const two = text.slice(place, place + 2);
    if (two !== '/*' && two !== '*/') continue;
    depth += two === '/*' ? 1 : -1;
    place += 1;
    if (depth === 0) return place + 1;
  }
  return null;
}

/** A doubled quote does not end the text. After an E prefix, neither does a quote behind a backslash. */
function quoteEnd(text: string, at: number, quote: string, escapes: boolean): number | null {
  for (let place = at + 1; place < text.length; place += 1) {
    if (escapes && text[place] === '\\') place += 1;
    else if (text[place] === quote) {
      if (text[place + 1] !== quote) return place + 1;
      place += 1;
    }
  }
  return null;
}

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}
