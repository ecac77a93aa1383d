import { EnvelopeScanner } from './envelope.scanner';

const NEWLINE = 10;
/** A line that is too long is skipped up to this multiple of the limit. */
const SKIP_FACTOR = 8;
const JSON_START = /^[\s\ufeff]*[[{]/;
const START_BYTES = 64;

/** One line of a stream. `tooLong` holds what the scanner found in a line that was not kept. */
export type Line = { readonly text: string } | { readonly tooLong: EnvelopeScanner };

/**
 * Cuts a byte stream into lines. Scans and copies each byte once, regardless of how a line is chunked, and keeps at most
 * `maxBytes` of a line.
 */
export class LineReader {
  private parts: Buffer[] = [];
  private bytes = 0;
  private skipped: EnvelopeScanner | null = null;

  constructor(private readonly maxBytes: number) {}

  /** @throws Error for a line that is too long and not JSON, or that does not end */
  *push(chunk: Buffer): Generator<Line> {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
      this.add(chunk.subarray(from, end));
      yield this.take();
      from = end + 1;
    }
    this.add(chunk.subarray(from));
  }

  clear(): void {
    this.parts = [];
    this.bytes = 0;
    this.skipped = null;
  }

  private add(part: Buffer): void {
    this.bytes += part.length;
    if (this.skipped) {
      if (this.bytes > SKIP_FACTOR * this.maxBytes) throw new Error('A line does not end.');
      this.skipped.push(part);
      return;
    }
    this.parts.push(part);
    if (this.bytes > this.maxBytes) this.skip();
  }

  private skip(): void {
    const start = Buffer.concat(this.parts, START_BYTES).toString('utf8');
    if (!JSON_START.test(start)) throw new Error(`A line is longer than ${this.maxBytes} bytes and is not JSON.`);
    this.skipped = new EnvelopeScanner();
    for (const part of this.parts) this.skipped.push(part);
    this.parts = [];
  }

  private take(): Line {
    const line = this.skipped ? { tooLong: this.skipped } : { text: Buffer.concat(this.parts).toString('utf8') };
    this.clear();
    return line;
  }
}
