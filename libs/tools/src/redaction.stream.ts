import { LOOK_BEHIND_MAX_CHARS, START_MAX_CHARS, type RedactionRule, type Rest } from './redaction-rules';

/** Replacement of a secret. */
export const REDACTED = '[redacted]';

/** Rules combined into one search that scans a text once, from left to right. */
export interface CompiledRules {
  readonly rules: readonly RedactionRule[];
  /** One group for each rule. */
  readonly starts: RegExp;
  /** Characters that a decision at one position depends on. */
  readonly windowChars: number;
}

/** @param windowChars characters that the longest start inspects */
export function compileRules(rules: readonly RedactionRule[], windowChars = START_MAX_CHARS): CompiledRules {
  const starts = rules.map(({ start, lead = '' }, index) => {
    const isFirst = lead !== '' && rules[index - 1]?.lead !== lead;
    const isLast = lead !== '' && rules[index + 1]?.lead !== lead;
    return `${isFirst ? `${lead}(?:` : ''}(${start.slice(lead.length)})${isLast ? ')' : ''}`;
  });
  return { rules, starts: new RegExp(starts.join('|'), 'g'), windowChars };
}

/** Redacts a text that is complete. Most texts contain no start of a secret and are returned as they are. */
export function redactWhole(compiled: CompiledRules, text: string): string {
  compiled.starts.lastIndex = 0;
  if (!compiled.starts.test(text)) return text;
  const stream = new RedactionStream(compiled);
  return stream.push(text) + stream.end();
}

/** A recognised secret: its characters from `from`, consumed up to `at` so far. */
interface Secret {
  readonly from: number;
  readonly rest: Rest;
  at: number;
  /** Consumed characters of a block. */
  passed: number;
  ended: boolean;
}

/**
 * Redacts a text that comes in chunks. It searches for every start, also inside other secrets: a value whose quote is never
 * closed runs into the next assignment and must not hide the start of the next secret. The hidden text is the union of all
 * secrets. A position is decided only when everything its decision depends on has arrived, and the rest of a secret is consumed
 * character by character. So the result does not depend on the chunks, the time is linear, and at most twice the window is
 * held back.
 */
export class RedactionStream {
  private buffer = '';
  /** Everything before it is decided; lookbehinds still need the end of that text. */
  private at = 0;
  /** Secrets that extend beyond `at`. At most one secret per kind of rest is open. */
  private secrets: Secret[] = [];
  /** The output so far ends with a redaction mark. */
  private isHiding = false;
  /** The last search for an end mark in this buffer. Many starts before one end, or none, share it, so that the time stays linear. */
  private search: { readonly end: RegExp; readonly from: number; readonly found: RegExpExecArray | null } | null = null;

  /** @param keepsLines keeps line breaks inside secrets, so that line numbers do not change */
  constructor(
    private readonly compiled: CompiledRules,
    private readonly keepsLines = false,
  ) {}

  /** @returns the part of the text that is decided so far */
  push(chunk: string): string {
    this.buffer += chunk;
    this.search = null;
    // Not on every character, because each pass scans the held-back part again.
    return this.buffer.length - this.at < 2 * this.compiled.windowChars ? '' : this.drain(false);
  }

  /** Ends the stream. @returns the remaining text */
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
      // Groups of rules that did not match are undefined.
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
      // Both secrets end at the same end mark; the maximum distance counts from the last start.
      outer.at = Math.max(outer.at, at);
      outer.passed = outer.at - at;
      outer.ended = false;
    }
    // Otherwise the end of the outer secret also ends the inner one.
  }

  /** Writes the text up to a position. All starts before it are known. */
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
    this.search = null;
    this.at -= kept;
    this.secrets = this.secrets.map((secret) => ({ ...secret, from: secret.from - kept, at: secret.at - kept }));
  }

  /** Consumes the rest of a secret. @returns false when the secret extends beyond the buffer */
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
      // The escaped character comes with the next chunk.
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
    const found = this.nextEnd(end, secret.at);
    if (found && found.index < decided && found.index - secret.at <= left) {
      secret.at = found.index + found[0].length;
      return true;
    }
    const step = Math.max(0, Math.min(decided - secret.at, left));
    secret.at += step;
    secret.passed += step;
    return secret.passed === maxChars;
  }

  private nextEnd(end: RegExp, from: number): RegExpExecArray | null {
    const known = this.search;
    if (known?.end === end && known.from <= from && (known.found === null || known.found.index >= from))
      return known.found;
    end.lastIndex = from;
    const found = end.exec(this.buffer);
    this.search = { end, from, found };
    return found;
  }
}

function lineBreaksIn(text: string, from: number, to: number): number {
  let count = 0;
  for (let at = text.indexOf('\n', from); at !== -1 && at < to; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}
