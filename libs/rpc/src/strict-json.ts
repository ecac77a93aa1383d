import { isUtf8 } from 'node:buffer';

/** Deepest nesting of objects and arrays that is taken. */
export const MAX_DEPTH = 32;

/** Every string of a JSON text; group 1 is there when the string is a key. Unrolled, so that long strings do not backtrack. */
const STRINGS = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?/g;

export type StrictJson =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly problem: string };

/**
 * JSON as the protocol takes it. `JSON.parse` alone would keep the last of two equal keys, turn bad UTF-8 into U+FFFD
 * before it is seen, and accept what a text column of Postgres cannot hold.
 */
export function parseStrictJson(bytes: Buffer): StrictJson {
  if (!isUtf8(bytes)) return refuse('the body is not valid UTF-8');
  const text = bytes.toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text) as unknown;
  } catch {
    return refuse('the body is not valid JSON');
  }
  const shape: Shape = { keys: 0, problem: null };
  measure(value, 1, shape);
  if (shape.problem !== null) return refuse(shape.problem);
  if (shape.keys !== countKeys(text)) return refuse('an object has the same key twice');
  return { ok: true, value };
}

interface Shape {
  keys: number;
  problem: string | null;
}

function measure(value: unknown, depth: number, shape: Shape): void {
  if (shape.problem !== null) return;
  if (typeof value === 'string') {
    shape.problem = problemOf(value);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  if (depth > MAX_DEPTH) {
    shape.problem = `objects and arrays are nested more than ${MAX_DEPTH} deep`;
    return;
  }
  if (Array.isArray(value)) {
    for (const item of value) measure(item, depth + 1, shape);
    return;
  }
  for (const [key, item] of Object.entries(value)) {
    shape.keys += 1;
    shape.problem ??= key === '__proto__' ? 'the key "__proto__" is not taken' : problemOf(key);
    measure(item, depth + 1, shape);
  }
}

function problemOf(text: string): string | null {
  if (!text.isWellFormed()) return 'a string holds half a surrogate pair';
  return text.includes('\u0000') ? 'a string holds the character U+0000' : null;
}

function countKeys(text: string): number {
  let keys = 0;
  for (const match of text.matchAll(STRINGS)) if (match[1] !== undefined) keys += 1;
  return keys;
}

function refuse(problem: string): StrictJson {
  return { ok: false, problem };
}
