const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const SPACE = 0x20;
/** Maximum bytes of a name or value. A longer token cannot be an id. */
const TOKEN_MAX_BYTES = 256;

/**
 * Finds the `id` of a JSON-RPC message that is too long or too broken to parse. Reads the members of the outermost object in any
 * order and keeps nothing else.
 */
export class EnvelopeScanner {
  private depth = 0;
  private inString = false;
  private isEscaped = false;
  private token: number[] = [];
  private key = '';
  private id: string | null = null;
  private isRequest = false;

  push(bytes: Uint8Array): this {
    for (let at = 0; at < bytes.length; at += 1) {
      if (this.inString && !this.isEscaped && !this.isKeeping) at = endOfPlain(bytes, at);
      const byte = bytes[at];
      if (byte !== undefined) this.step(byte);
    }
    return this;
  }

  /** Id of the request that the message answers; null for a request, for a notification, and when no id was found. */
  get answered(): string | null {
    return this.isRequest ? null : this.id;
  }

  private step(byte: number): void {
    if (this.inString) this.insideString(byte);
    else if (byte === QUOTE) {
      this.inString = true;
      this.keep(byte);
    } else if (byte === OPEN_OBJECT || byte === OPEN_LIST) this.depth += 1;
    else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
      this.endMember();
      this.depth -= 1;
    } else if (byte === COMMA) this.endMember();
    else if (byte === COLON && this.depth === 1) this.key = this.takeToken();
    else if (byte > SPACE) this.keep(byte);
  }

  private insideString(byte: number): void {
    this.keep(byte);
    if (this.isEscaped) this.isEscaped = false;
    else if (byte === BACKSLASH) this.isEscaped = true;
    else if (byte === QUOTE) this.inString = false;
  }

  private keep(byte: number): void {
    if (this.isKeeping) this.token.push(byte);
  }

  private get isKeeping(): boolean {
    return this.depth === 1 && this.token.length < TOKEN_MAX_BYTES;
  }

  private endMember(): void {
    if (this.depth !== 1) return;
    const value = this.takeToken();
    if (this.key === 'method') this.isRequest = true;
    if (this.key === 'id' && value !== '' && value !== 'null') this.id = value;
    this.key = '';
  }

  private takeToken(): string {
    const text = Buffer.from(this.token).toString('utf8');
    this.token = [];
    return text.replace(/^"(.*)"$/s, '$1');
  }
}

/** Position of the next byte that can end a string or escape a byte of it. */
function endOfPlain(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && bytes[at] !== QUOTE && bytes[at] !== BACKSLASH) at += 1;
  return at;
}
