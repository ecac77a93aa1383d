/** Where values are in a JSON text, and where its syntax breaks. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export type JsonReading =
  | { readonly isValid: true; readonly value: unknown; readonly spans: ReadonlyMap<string, Span> }
  | { readonly isValid: false; readonly message: string; readonly at: number };

const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SCALAR = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const SPACE = /[ \t\n\r]*/y;
/** Deeper than any params; a deeper text is refused before the stack ends. */
const MAX_DEPTH = 200;

class SyntaxProblem extends Error {
  constructor(
    message: string,
    readonly at: number,
  ) {
    super(message);
  }
}

/** Reads the text, with the span of each value by its JSON pointer (RFC 6901). */
export function readJson(text: string): JsonReading {
  const spans = new Map<string, Span>();
  try {
    const end = skip(text, readValue(text, skip(text, 0), '', spans, 0));
    if (end < text.length) throw new SyntaxProblem('Nothing may follow the value', end);
    return { isValid: true, value: JSON.parse(text), spans };
  } catch (error) {
    if (error instanceof SyntaxProblem) return { isValid: false, message: error.message, at: error.at };
    throw error;
  }
}

/** The span of the value at the pointer, or of the nearest one around it that exists. */
export function spanAt(spans: ReadonlyMap<string, Span>, pointer: string): Span | null {
  for (let at = pointer; ; at = at.slice(0, at.lastIndexOf('/'))) {
    const span = spans.get(at);
    if (span ?? at === '') return span ?? null;
  }
}

/** From 1. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line += 1;
  return line;
}

function readValue(text: string, start: number, pointer: string, spans: Map<string, Span>, depth: number): number {
  if (depth > MAX_DEPTH) throw new SyntaxProblem('It is nested too deeply', start);
  const first = text[start];
  const end =
    first === '{'
      ? readMembers(text, start, pointer, spans, depth)
      : first === '['
        ? readItems(text, start, pointer, spans, depth)
        : match(
            first === '"' ? STRING : SCALAR,
            text,
            start,
            first === '"' ? 'This string does not end' : 'A value is missing',
          );
  spans.set(pointer, { start, end });
  return end;
}

function readMembers(text: string, start: number, pointer: string, spans: Map<string, Span>, depth: number): number {
  let at = skip(text, start + 1);
  if (text[at] === '}') return at + 1;
  for (;;) {
    const end = match(STRING, text, at, 'A name in double quotes is missing');
    const name = JSON.parse(text.slice(at, end)) as string;
    at = skip(text, end);
    if (text[at] !== ':') throw new SyntaxProblem('A colon is missing', at);
    const below = `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    at = skip(text, readValue(text, skip(text, at + 1), below, spans, depth + 1));
    if (text[at] === '}') return at + 1;
    at = afterComma(text, at, '}');
  }
}

function readItems(text: string, start: number, pointer: string, spans: Map<string, Span>, depth: number): number {
  let at = skip(text, start + 1);
  if (text[at] === ']') return at + 1;
  for (let index = 0; ; index += 1) {
    at = skip(text, readValue(text, at, `${pointer}/${index}`, spans, depth + 1));
    if (text[at] === ']') return at + 1;
    at = afterComma(text, at, ']');
  }
}

function afterComma(text: string, at: number, end: string): number {
  if (text[at] !== ',') throw new SyntaxProblem(`A comma or ${end} is missing`, at);
  return skip(text, at + 1);
}

function skip(text: string, at: number): number {
  SPACE.lastIndex = at;
  SPACE.test(text);
  return SPACE.lastIndex;
}

function match(pattern: RegExp, text: string, at: number, problem: string): number {
  pattern.lastIndex = at;
  if (!pattern.test(text)) throw new SyntaxProblem(problem, at);
  return pattern.lastIndex;
}
