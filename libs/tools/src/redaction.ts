import type { Json, JsonObject } from '@assent/contract';
import { PATTERN_RULES, isSecretName, literalRules } from './redaction-rules';
import { REDACTED, RedactionStream, compileRules, redactWhole, type CompiledRules } from './redaction.stream';

/** Minimum characters of a known secret. Shorter values occur in too many texts by chance. */
export const SECRET_MIN_CHARS = 4;

/** Maximum depth of JSON. Hand-written JSON is never deeper, and each level takes stack space. */
const DEPTH_MAX = 128;
const TOO_DEEP = '[deeper than 128 levels]';

/** Transforms a text that comes in chunks. */
export type TextFilter = Pick<RedactionStream, 'push' | 'end'>;

const PATTERNS = compileRules(PATTERN_RULES);

/**
 * Removes secrets from tool outputs before they are stored or shown: values the server knows, texts that look like
 * credentials, and values under secret names. It is the second line of defence; the first is that tools do not return
 * secrets.
 */
export class Redactor {
  private readonly values = new Set<string>();
  private literals: CompiledRules | null = null;

  /** Hides a value from now on, in all its encodings. Ignores values that are too short. */
  know(value: string): void {
    const known = this.values.size;
    for (const spelling of spellingsOf(value)) this.values.add(spelling);
    if (this.values.size > known) this.literals = compileLiterals([...this.values]);
  }

  /** Whether a text contains a value known to be secret. */
  containsKnown(text: string): boolean {
    return [...this.values].some((value) => text.includes(value));
  }

  text(text: string): string {
    // Known values first, as in `stream`.
    return redactWhole(PATTERNS, this.literals ? redactWhole(this.literals, text) : text);
  }

  /**
   * A filter for a text that comes in chunks. It uses the values known at this moment.
   * @param keepsLines keeps line breaks, for a text that is shown by line
   */
  stream(keepsLines = false): TextFilter {
    const looks = new RedactionStream(PATTERNS, keepsLines);
    if (!this.literals) return looks;
    // Known values first: a pattern that ends inside one would leave its tail visible.
    const known = new RedactionStream(this.literals, keepsLines);
    return {
      push: (chunk) => looks.push(known.push(chunk)),
      end: () => looks.push(known.end()) + looks.end(),
    };
  }

  /** Redacts an object and drops levels below 128. */
  object(value: JsonObject): JsonObject {
    return this.objectAt(value, 1);
  }

  private objectAt(value: JsonObject, depth: number): JsonObject {
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [this.text(name), this.json(item, depth + 1, isSecretName(name))]),
    );
  }

  /** @param hide hides every value that could be secret; empty values, booleans and null stay */
  private json(value: Json, depth: number, hide: boolean): Json {
    if (value === null || typeof value === 'boolean' || value === '') return value;
    if (typeof value === 'object') {
      if (depth > DEPTH_MAX) return TOO_DEEP;
      if (isList(value)) return value.map((item) => this.json(item, depth + 1, hide));
      if (!hide) return this.objectAt(value, depth);
      return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, this.json(item, depth + 1, true)]));
    }
    if (hide) return REDACTED;
    if (typeof value === 'string') return this.text(value);
    return this.values.has(String(value)) ? REDACTED : value;
  }
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

/** The value, its encodings in JSON, URLs and base64, and the password in it when it is a URL. */
function spellingsOf(value: string): string[] {
  const parts = [value];
  if (URL.canParse(value)) {
    const { password } = new URL(value);
    parts.push(password, decoded(password));
  }
  return parts
    .filter(({ length }) => length >= SECRET_MIN_CHARS)
    .flatMap((part) => [
      part,
      JSON.stringify(part).slice(1, -1),
      encodeURIComponent(part.toWellFormed()),
      Buffer.from(part).toString('base64'),
      Buffer.from(part).toString('base64url'),
    ]);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Invalid encoding: use the text unchanged.
    return text;
  }
}

function compileLiterals(values: readonly string[]): CompiledRules | null {
  if (values.length === 0) return null;
  return compileRules(literalRules(values), Math.max(...values.map(({ length }) => length)));
}
