import { matchesStars } from '@assent/platform';

/** Maximum characters of a pattern. Longer ones are not file names. */
const PATTERN_MAX_CHARS = 256;

const SLASH = '/';

/** One character of a name: any (`?`), one of a class, or a literal; `null` is a `*`. */
type Token = ((char: string) => boolean) | null;
/** One name of a path; `null` is a `**`. */
type Segment = readonly Token[] | null;

/** A pattern of a .gitignore file. */
export interface IgnorePattern {
  /** The pattern begins with `!`: matching paths are not ignored. */
  readonly negated: boolean;
  /** @param names path components below the folder of the file, at least one */
  readonly matches: (names: readonly string[], isFolder: boolean) => boolean;
}

/**
 * Reads one line like git (gitignore(5)). Takes O(pattern x path): anybody may have written the file, and the
 * regular expressions of the `ignore` package took 3 s for `*a*a*a*ab` against one name of 250 characters.
 * @returns null for a comment, an empty line and a pattern that matches nothing
 */
export function readIgnorePattern(line: string): IgnorePattern | null {
  const text = withoutTrailingSpaces(line);
  if (text === '' || text.startsWith('#') || text.length > PATTERN_MAX_CHARS) return null;
  const negated = text.startsWith('!');
  const body = negated ? text.slice(1) : text;
  const foldersOnly = body.endsWith('/');
  const path = foldersOnly ? body.slice(0, -1) : body;
  const isAnchored = path.includes('/');
  const segments = segmentsOf(isAnchored ? path.replace(/^\//u, '') : path, isAnchored);
  if (!segments) return null;
  return {
    negated,
    matches: (names, isFolder) => {
      if (foldersOnly && !isFolder) return false;
      const compared = isAnchored ? names : names.slice(-1);
      return matchesStars(segments, compared, (segment) => segment === null, matchesName);
    },
  };
}

/** Trailing spaces count only after a backslash. */
function withoutTrailingSpaces(line: string): string {
  return line
    .replace(/\r$/u, '')
    .replace(/(?<!\\) +$/u, '')
    .replace(/(\\ ) +$/u, '$1');
}

/** @returns null for a pattern that can match nothing */
function segmentsOf(path: string, isAnchored: boolean): readonly Segment[] | null {
  const tokens = tokensOf(path);
  if (!tokens) return null;
  const segments: Token[][] = [[]];
  for (const token of tokens) {
    if (token === SLASH) segments.push([]);
    else segments.at(-1)?.push(token);
  }
  const read = segments.map((names) => (isAnchored && isGlobstar(names) ? null : names));
  // "a/**" matches everything in a, but not a itself.
  return read.at(-1) === null ? [...read, [null]] : read;
}

function isGlobstar(names: readonly Token[]): boolean {
  return names.length > 1 && names.every((token) => token === null);
}

function matchesName(segment: Segment, name: string): boolean {
  if (segment === null) return false;
  return matchesStars(
    segment,
    Array.from(name),
    (token) => token === null,
    (token, char) => token?.(char) ?? false,
  );
}

/** @returns null for a pattern that ends inside a class or after a backslash; git matches nothing with it */
function tokensOf(text: string): readonly (Token | typeof SLASH)[] | null {
  const chars = Array.from(text);
  const tokens: (Token | typeof SLASH)[] = [];
  for (let at = 0; at < chars.length; at += 1) {
    const char = chars[at];
    if (char === '*') {
      tokens.push(null);
    } else if (char === '?') {
      tokens.push(() => true);
    } else if (char === '[') {
      const read = classOf(chars, at + 1);
      if (!read) return null;
      tokens.push(read.token);
      at = read.end;
    } else {
      if (char === '\\') at += 1;
      const literal = chars[at];
      if (literal === undefined) return null;
      tokens.push(literal === SLASH ? SLASH : (other) => other === literal);
    }
  }
  return tokens;
}

const NAMED_CLASSES: Readonly<Record<string, RegExp>> = {
  alnum: /^[a-zA-Z0-9]$/u,
  alpha: /^[a-zA-Z]$/u,
  blank: /^[ \t]$/u,
  cntrl: /^[\0-\x1f\x7f]$/u,
  digit: /^[0-9]$/u,
  graph: /^[!-~]$/u,
  lower: /^[a-z]$/u,
  print: /^[ -~]$/u,
  punct: /^[!-/:-@[-`{-~]$/u,
  space: /^[ \t-\r]$/u,
  upper: /^[A-Z]$/u,
  xdigit: /^[0-9a-fA-F]$/u,
};

/** Reads the class whose characters begin at `from`, and the index of its `]`. Null: the class is not closed or invalid. */
function classOf(chars: readonly string[], from: number): { token: Token; end: number } | null {
  const negated = chars[from] === '!' || chars[from] === '^';
  const first = negated ? from + 1 : from;
  const parts: ((char: string) => boolean)[] = [];
  for (let at = first; at < chars.length; at += 1) {
    if (chars[at] === ']' && at > first) {
      return { token: (char) => parts.some((part) => part(char)) !== negated, end: at };
    }
    if (chars[at] === '[' && chars[at + 1] === ':') {
      const end = chars.indexOf(']', at + 2);
      const named = chars[end - 1] === ':' ? NAMED_CLASSES[chars.slice(at + 2, end - 1).join('')] : undefined;
      if (!named) return null;
      parts.push((char) => named.test(char));
      at = end;
      continue;
    }
    const low = literalAt(chars, at);
    if (!low) return null;
    at = low.end;
    if (chars[at + 1] === '-' && chars[at + 2] !== ']') {
      const high = literalAt(chars, at + 2);
      if (!high) return null;
      at = high.end;
      parts.push((char) => char >= low.char && char <= high.char);
    } else {
      parts.push((char) => char === low.char);
    }
  }
  return null;
}

function literalAt(chars: readonly string[], at: number): { char: string; end: number } | null {
  const end = chars[at] === '\\' ? at + 1 : at;
  const char = chars[end];
  return char === undefined ? null : { char, end };
}
