import { isUtf8 } from 'node:buffer';

/** Maximum nesting depth of objects and arrays. */
export const MAX_DEPTH = 32;
/**
 * Maximum number of keys in one body. A run may start with 2,048 gain rows of up to 18 keys each. A body of 1 MiB has
 * room for 120,000 keys, and building such an object takes up to 0.35 s of the event loop (measured); this limit
 * reduces it to about 0.1 s.
 */
export const MAX_KEYS = 40_000;
/** Maximum number of values in one body, including objects and arrays. A body of 1 MiB has room for 700,000. */
export const MAX_VALUES = 80_000;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPENING = new Set([0x5b, 0x7b]);
const CLOSING = new Set([0x5d, 0x7d]);

export type StrictJson =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly problem: string };

/**
 * Parses JSON under the rules of the protocol. `JSON.parse` alone would keep the last of two equal keys, replace
 * invalid UTF-8 by U+FFFD, accept characters that a text column of Postgres cannot hold, and build objects of any size.
 */
export function parseStrictJson(bytes: Buffer): StrictJson {
  if (!isUtf8(bytes)) return refuse('the body is not valid UTF-8');
  const size = measure(bytes);
  const tooLarge = excessOf(size);
  if (tooLarge !== null) return refuse(tooLarge);
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8')) as unknown;
  } catch {
    return refuse('the body is not valid JSON');
  }
  const found: Found = { keys: 0, problem: null };
  inspect(value, found);
  if (found.problem !== null) return refuse(found.problem);
  if (found.keys !== size.keys) return refuse('an object has the same key twice');
  return { ok: true, value };
}

interface Size {
  /** Number of keys, including duplicates. */
  keys: number;
  /** Upper bound of the number of values: one for the body, plus one per comma, object and array. */
  values: number;
  depth: number;
}

/** Scans the bytes once and allocates no objects, so a body beyond the limits is refused before it is parsed. */
function measure(bytes: Buffer): Size {
  const size: Size = { keys: 0, values: 1, depth: 0 };
  let depth = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === QUOTE) at = endOfString(bytes, at + 1);
    else if (byte === COLON) size.keys += 1;
    else if (byte === COMMA) size.values += 1;
    else if (OPENING.has(byte)) {
      size.values += 1;
      depth += 1;
      size.depth = Math.max(size.depth, depth);
    } else if (CLOSING.has(byte)) depth -= 1;
  }
  return size;
}

/** Index of the closing quote, or the end of the text. */
function endOfString(bytes: Buffer, start: number): number {
  let at = start;
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at;
}

function excessOf({ keys, values, depth }: Size): string | null {
  if (depth > MAX_DEPTH) return `objects and arrays are nested more than ${MAX_DEPTH} deep`;
  if (keys > MAX_KEYS) return `the body has more than ${MAX_KEYS} keys`;
  return values > MAX_VALUES ? `the body has more than ${MAX_VALUES} values` : null;
}

interface Found {
  keys: number;
  problem: string | null;
}

/** Recursion is safe, because the depth was checked before. */
function inspect(value: unknown, found: Found): void {
  if (found.problem !== null) return;
  if (typeof value === 'string') {
    found.problem = problemOf(value);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const item of value) inspect(item, found);
    return;
  }
  for (const [key, item] of Object.entries(value)) {
    found.keys += 1;
    found.problem ??= key === '__proto__' ? 'the key "__proto__" is not allowed' : problemOf(key);
    inspect(item, found);
  }
}

function problemOf(text: string): string | null {
  if (!text.isWellFormed()) return 'a string contains half a surrogate pair';
  return text.includes('\u0000') ? 'a string contains the character U+0000' : null;
}

function refuse(problem: string): StrictJson {
  return { ok: false, problem };
}
