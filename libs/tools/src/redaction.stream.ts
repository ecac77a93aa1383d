import { START_MAX_CHARS, type RedactionRule, type Rest } from './redaction-rules';

/** What stands in the place of a secret. */
export const REDACTED = '[redacted]';

/** Rules made into one search, which runs over a text from left to right once. */
export interface CompiledRules {
  readonly rules: readonly RedactionRule[];
  /** One group for each rule. */
  readonly starts: RegExp;
  /** Characters a decision at one place depends on. */
  readonly windowChars: number;
}

/** @param windowChars characters the longest start looks at */
export function compileRules(rules: readonly RedactionRule[], windowChars = START_MAX_CHARS): CompiledRules {
  return { rules, starts: new RegExp(rules.map(({ start }) => `(${start})`).join('|'), 'g'), windowChars };
}

/**
 * Redacts a text that comes in pieces. A place is decided only when everything its decision depends on is there, and the rest
 * of a secret is passed over character by character: so the result is the same however the text is cut, the time is linear, and
 * no more than twice the window is held back.
 */
export class RedactionStream {
  private buffer = '';
  /** Everything before it is decided; one character of that is kept for what looks behind. */
  private at = 0;
  private rest: Rest = { kind: 'none' };
  /** Characters of a block that were passed over. */
  private passed = 0;

  constructor(private readonly compiled: CompiledRules) {}

  /** @returns what can be said of the text so far */
  push(chunk: string): string {
    this.buffer += chunk;
    // Not at every character: each look goes over the part that is held back again.
    return this.buffer.length - this.at < 2 * this.compiled.windowChars ? '' : this.drain(false);
  }

  /** @returns the remainder; the stream is used up */
  end(): string {
    return this.drain(true);
  }

  private drain(final: boolean): string {
    const parts: string[] = [];
    while (this.pass(final) && this.next(final, parts));
    return this.keeping(parts.join(''));
  }

  /** Goes on to the next secret, or as far as is decided. @returns whether there was one */
  private next(final: boolean, parts: string[]): boolean {
    const { starts, rules, windowChars } = this.compiled;
    const decided = final ? this.buffer.length : this.buffer.length - windowChars;
    if (this.at >= decided) return false;
    starts.lastIndex = this.at;
    const found = starts.exec(this.buffer);
    if (!found || found.index >= decided) {
      parts.push(this.buffer.slice(this.at, decided));
      this.at = decided;
      return false;
    }
    const [text] = found;
    // The groups of the rules that did not match are not there.
    const rule = rules.find((_, index) => found[index + 1] !== undefined);
    parts.push(this.buffer.slice(this.at, found.index), rule?.keep ? text : '', REDACTED);
    this.at = found.index + text.length;
    this.rest = rule?.rest ?? { kind: 'none' };
    this.passed = 0;
    return true;
  }

  private keeping(decided: string): string {
    const kept = Math.max(0, this.at - 1);
    this.buffer = this.buffer.slice(kept);
    this.at -= kept;
    return decided;
  }

  /** Passes over the rest of a secret. @returns false: it goes on beyond what is there */
  private pass(final: boolean): boolean {
    const { rest } = this;
    const ended =
      rest.kind === 'none' || (rest.kind === 'block' ? this.passBlock(rest, final) : this.passRun(rest, final));
    if (ended) this.rest = { kind: 'none' };
    return ended;
  }

  private passRun({ kind, stop }: Extract<Rest, { kind: 'run' | 'string' }>, final: boolean): boolean {
    for (;;) {
      stop.lastIndex = this.at;
      const found = stop.exec(this.buffer);
      this.at = found?.index ?? this.buffer.length;
      if (!found) return false;
      if (kind === 'run' || found[0] !== '\\') return true;
      // The character that is escaped comes with the next piece.
      if (this.at + 1 >= this.buffer.length && !final) return false;
      this.at = Math.min(this.at + 2, this.buffer.length);
    }
  }

  private passBlock({ end, mostChars }: Extract<Rest, { kind: 'block' }>, final: boolean): boolean {
    const decided = final ? this.buffer.length : this.buffer.length - this.compiled.windowChars;
    const left = mostChars - this.passed;
    end.lastIndex = this.at;
    const found = end.exec(this.buffer);
    if (found && found.index < decided && found.index - this.at <= left) {
      this.at = found.index + found[0].length;
      return true;
    }
    const step = Math.max(0, Math.min(decided - this.at, left));
    this.at += step;
    this.passed += step;
    return this.passed === mostChars;
  }
}
