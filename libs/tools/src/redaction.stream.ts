import { LOOK_BEHIND_MAX_CHARS, START_MAX_CHARS, type RedactionRule, type Rest } from './redaction-rules';

/** Replacement of a secret. */
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

/** A secret that was recognised: its characters from `from` on, up to `at` so far. */
interface Secret {
  readonly from: number;
  readonly rest: Rest;
  at: number;
  /** Characters of a block that were passed over. */
  passed: number;
  ended: boolean;
}

/**
 * Redacts a text that comes in pieces. Every start is looked for, inside of other secrets too: a value whose quote is never
 * closed runs into the next assignment, and must not hide where the next secret begins. What is hidden is the union of all of
 * them. A place is decided only when everything its decision depends on is there, and the rest of a secret is passed over
 * character by character: so the result is the same however the text is cut, the time is linear, and no more than twice the
 * window is held back.
 */
export class RedactionStream {
  private buffer = '';
  /** Everything before it is decided; the end of that is kept for what looks behind. */
  private at = 0;
  /** Those that reach beyond `at`; of those with the same rest one at most has not ended. */
  private secrets: Secret[] = [];
  /** The text so far ends with a mark. */
  private isHiding = false;

  /** @param keepsLines line breaks inside secrets stay, so that line numbers are unchanged */
  constructor(
    private readonly compiled: CompiledRules,
    private readonly keepsLines = false,
  ) {}

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
    const { starts, rules, windowChars } = this.compiled;
    const decided = final ? this.buffer.length : this.buffer.length - windowChars;
    const parts: string[] = [];
    for (let from = this.at; from < decided;) {
      starts.lastIndex = from;
      const found = starts.exec(this.buffer);
      if (!found || found.index >= decided) break;
      this.write(found.index, decided, final, parts);
      // The groups of the rules that did not match are not there.
      const rule = rules.find((_, group) => found[group + 1] !== undefined);
      if (rule) this.open(rule, found.index, found[0].length);
      from = found.index + 1;
    }
    this.write(decided, decided, final, parts);
    this.keep();
    return parts.join('');
  }

  private open({ keep, rest }: RedactionRule, index: number, length: number): void {
    const at = index + length;
    const from = keep ? at : index;
    const outer = this.secrets.find((secret) => secret.rest === rest && (!secret.ended || secret.at >= at));
    if (!outer || rest.kind === 'none') {
      this.secrets.push({ from, rest, at, passed: 0, ended: rest.kind === 'none' });
    } else if (rest.kind === 'block' && (!outer.ended || outer.passed === rest.maxChars)) {
      // The end mark that is looked for is the same; how far it may be counts from the last beginning.
      outer.at = Math.max(outer.at, at);
      outer.passed = outer.at - at;
      outer.ended = false;
    }
    // Else the character that ends the outer one ends the inner one too.
  }

  /** Writes the text up to a place: all starts before it are known. */
  private write(to: number, decided: number, final: boolean, parts: string[]): void {
    for (const secret of this.secrets) secret.ended ||= this.pass(secret, decided, final);
    while (this.at < to) {
      const hiding = this.secrets.filter(({ from }) => from <= this.at);
      if (hiding.length > 0) {
        if (!this.isHiding) parts.push(REDACTED);
        const end = Math.min(to, Math.max(...hiding.map(({ ended, at }) => (ended ? at : to))));
        if (this.keepsLines) parts.push(`\n${REDACTED}`.repeat(lineBreaksIn(this.buffer, this.at, end)));
        this.at = end;
      } else {
        const next = Math.min(to, ...this.secrets.map(({ from }) => from));
        parts.push(this.buffer.slice(this.at, next));
        this.at = next;
      }
      this.isHiding = hiding.length > 0;
      this.forget();
    }
    this.forget();
  }

  private forget(): void {
    this.secrets = this.secrets.filter(({ ended, from, at }) => !ended || at > Math.max(this.at, from));
  }

  private keep(): void {
    const kept = Math.max(0, this.at - LOOK_BEHIND_MAX_CHARS);
    this.buffer = this.buffer.slice(kept);
    this.at -= kept;
    this.secrets = this.secrets.map((secret) => ({ ...secret, from: secret.from - kept, at: secret.at - kept }));
  }

  /** Passes over the rest of a secret. @returns false: it goes on beyond what is there */
  private pass(secret: Secret, decided: number, final: boolean): boolean {
    const { rest } = secret;
    if (rest.kind === 'none') return true;
    return rest.kind === 'block' ? this.passBlock(secret, rest, decided) : this.passRun(secret, rest, final);
  }

  private passRun(secret: Secret, { kind, stop }: Extract<Rest, { kind: 'run' | 'string' }>, final: boolean): boolean {
    for (;;) {
      stop.lastIndex = secret.at;
      const found = stop.exec(this.buffer);
      secret.at = found?.index ?? this.buffer.length;
      if (!found) return false;
      if (kind === 'run' || found[0] !== '\\') return true;
      // The character that is escaped comes with the next piece.
      if (secret.at + 1 >= this.buffer.length && !final) return false;
      secret.at = Math.min(secret.at + 2, this.buffer.length);
    }
  }

  private passBlock(
    secret: Secret,
    { end, maxChars: maxChars }: Extract<Rest, { kind: 'block' }>,
    decided: number,
  ): boolean {
    const left = maxChars - secret.passed;
    end.lastIndex = secret.at;
    const found = end.exec(this.buffer);
    if (found && found.index < decided && found.index - secret.at <= left) {
      secret.at = found.index + found[0].length;
      return true;
    }
    const step = Math.max(0, Math.min(decided - secret.at, left));
    secret.at += step;
    secret.passed += step;
    return secret.passed === maxChars;
  }
}

function lineBreaksIn(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = text.indexOf('\n', from); at !== -1 && at < to; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}
