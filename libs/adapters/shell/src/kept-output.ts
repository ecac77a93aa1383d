import type { TextFilter } from '@assent/tools';

/** Share of the kept bytes taken from the beginning. Programs say first what they do and last how it ended. */
const HEAD_SHARE = 0.5;
const NEWLINE = '\n';

/**
 * Keeps the beginning and the end of a stream, with a line in between that says how much was left out. Filters the text before
 * cutting it, because a cut secret is not recognised.
 */
export class KeptOutput {
  private readonly decoder = new TextDecoder();
  private readonly head: Buffer[] = [];
  private tail: Buffer[] = [];
  private headRoom: number;
  private tailBytes = 0;
  private total = 0;

  /** @param bytes maximum kept, without the line in between */
  constructor(
    private readonly bytes: number,
    private readonly filter: TextFilter,
  ) {
    this.headRoom = Math.floor(bytes * HEAD_SHARE);
  }

  take(chunk: Buffer): void {
    this.add(this.filter.push(this.decoder.decode(chunk, { stream: true })));
  }

  /** Ends the output; `take` must not be called afterwards. Drops an incomplete last character. */
  end(): { readonly text: string; readonly dropped: number } {
    this.add(this.filter.end());
    const head = Buffer.concat(this.head);
    const all = Buffer.concat(this.tail);
    if (this.total <= this.bytes) return { text: Buffer.concat([head, all]).toString(), dropped: 0 };
    const first = wholeLinesBefore(new TextDecoder().decode(head, { stream: true }));
    const last = wholeLinesAfter(fromCharacter(all.subarray(-(this.bytes - head.length))).toString());
    const dropped = this.total - Buffer.byteLength(first) - Buffer.byteLength(last);
    const gap = first.endsWith(NEWLINE) ? '' : NEWLINE;
    return { text: `${first}${gap}[... ${dropped} bytes left out ...]${NEWLINE}${last}`, dropped };
  }

  private add(text: string): void {
    const bytes = Buffer.from(text);
    this.total += bytes.length;
    const first = bytes.subarray(0, this.headRoom);
    if (first.length > 0) this.head.push(first);
    this.headRoom -= first.length;
    const rest = bytes.subarray(first.length);
    if (rest.length === 0) return;
    this.tail.push(rest);
    this.tailBytes += rest.length;
    // Merge occasionally, so that the buffer holds neither many small pieces nor much more than it needs.
    if (this.tailBytes < 2 * this.bytes && this.tail.length < this.bytes) return;
    this.tail = [Buffer.concat(this.tail).subarray(-this.bytes)];
    this.tailBytes = Math.min(this.tailBytes, this.bytes);
  }
}

/** Drops the cut last line unless it is most of the text. */
function wholeLinesBefore(text: string): string {
  const end = text.lastIndexOf(NEWLINE) + 1;
  return end > text.length / 2 ? text.slice(0, end) : text;
}

function wholeLinesAfter(text: string): string {
  const start = text.indexOf(NEWLINE) + 1;
  return start < text.length / 2 ? text.slice(start) : text;
}

/** Drops the continuation bytes of a UTF-8 character whose beginning was cut. */
function fromCharacter(bytes: Buffer): Buffer {
  const continuation = 0b10;
  const start = bytes.findIndex((byte) => byte >> 6 !== continuation);
  return bytes.subarray(Math.max(0, start));
}
