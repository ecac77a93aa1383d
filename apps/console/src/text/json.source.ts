export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };

/** Where a value is in a text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A JSON text as it was typed: its value and the span of each part by its JSON pointer, or the place of the first error. */
export type JsonSource =
  { readonly value: JsonValue; readonly spans: ReadonlyMap<string, Span> } | { readonly error: JsonError };

export interface JsonError {
  readonly offset: number;
  readonly kind: 'unexpected' | 'end' | 'duplicate' | 'string' | 'after' | 'depth';
}

export interface Place {
  /** From 1. */
  readonly line: number;
  readonly column: number;
}

/** Deeper than any policy or params; a deeper text is refused before the stack ends. */
const MAX_DEPTH = 200;
const SPACE = /[ \t\r\n]*/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/** Reads JSON and remembers where each value is, by its JSON pointer (RFC 6901). */
export function readJson(text: string): JsonSource {
  const scanner = new Scanner(text);
  try {
    const value = scanner.whole();
    return { value, spans: scanner.spans };
  } catch (error) {
    if (error instanceof ScanError) return { error };
    throw error;
  }
}

export function placeOf(text: string, offset: number): Place {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** Where a pointer of a server's error leads: its value, or the nearest one around it that the text has. */
export function spanOf(spans: ReadonlyMap<string, Span>, pointer: string): Span {
  for (let path = pointer; path !== ''; path = path.slice(0, path.lastIndexOf('/'))) {
    const span = spans.get(path);
    if (span) return span;
  }
  return spans.get('') ?? { start: 0, end: 0 };
}

export function isRecord(value: unknown): value is Record<string, JsonValue> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

class ScanError extends Error implements JsonError {
  constructor(
    readonly offset: number,
    readonly kind: JsonError['kind'],
  ) {
    super(`${kind} at ${offset}`);
  }
}

class Scanner {
  readonly spans = new Map<string, Span>();
  private at = 0;
  private depth = 0;

  constructor(private readonly text: string) {}

  whole(): JsonValue {
    const value = this.value('');
    this.skip();
    if (this.at < this.text.length) throw new ScanError(this.at, 'after');
    return value;
  }

  private value(pointer: string): JsonValue {
    this.skip();
    if (this.depth > MAX_DEPTH) throw new ScanError(this.at, 'depth');
    this.depth += 1;
    const start = this.at;
    const value = this.valueHere(pointer);
    this.spans.set(pointer, { start, end: this.at });
    this.depth -= 1;
    return value;
  }

  private valueHere(pointer: string): JsonValue {
    switch (this.text[this.at]) {
      case undefined:
        throw new ScanError(this.at, 'end');
      case '{':
        return this.object(pointer);
      case '[':
        return this.array(pointer);
      case '"':
        return this.string();
      default: {
        const scalar = this.take(SCALAR);
        if (scalar === undefined) throw new ScanError(this.at, 'unexpected');
        return JSON.parse(scalar) as JsonValue;
      }
    }
  }

  private object(pointer: string): JsonValue {
    const entries = new Map<string, JsonValue>();
    this.at += 1;
    if (this.accepts('}')) return {};
    do {
      this.skip();
      const start = this.at;
      if (this.text[start] !== '"') throw this.unexpected();
      const key = this.string();
      if (entries.has(key)) throw new ScanError(start, 'duplicate');
      if (!this.accepts(':')) throw this.unexpected();
      entries.set(key, this.value(`${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`));
    } while (this.accepts(','));
    if (!this.accepts('}')) throw this.unexpected();
    return Object.fromEntries(entries);
  }

  private array(pointer: string): JsonValue {
    const items: JsonValue[] = [];
    this.at += 1;
    if (this.accepts(']')) return items;
    do items.push(this.value(`${pointer}/${items.length}`));
    while (this.accepts(','));
    if (!this.accepts(']')) throw this.unexpected();
    return items;
  }

  private string(): string {
    const source = this.take(STRING);
    if (source === undefined) throw new ScanError(this.at, 'string');
    return JSON.parse(source) as string;
  }

  private accepts(character: string): boolean {
    this.skip();
    const isThere = this.text[this.at] === character;
    if (isThere) this.at += 1;
    return isThere;
  }

  private skip(): void {
    this.take(SPACE);
  }

  private take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const [found] = pattern.exec(this.text) ?? [];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  private unexpected(): ScanError {
    return new ScanError(this.at, this.at < this.text.length ? 'unexpected' : 'end');
  }
}
