/** A statement as a client sent it. */
export interface SentStatement {
  readonly text: string;
  /** Text, or bytes where the client sent a value in its binary format. */
  readonly values: readonly (string | Buffer | null)[];
}

const TYPE_BYTES = 1;
const LENGTH_BYTES = 4;
const BIND = 'B';
const EXECUTE = 'E';
const PARSE = 'P';
const QUERY = 'Q';
const BINARY = 1;

/** Reads the statements from the bytes that a client of Postgres sends (protocol 3, without TLS). */
export class FrontendReader {
  private received: Buffer = Buffer.alloc(0);
  /** The first message has no type. */
  private started = false;
  private readonly texts = new Map<string, string>();
  private bound: SentStatement = { text: '', values: [] };

  constructor(private readonly onStatement: (statement: SentStatement) => void) {}

  read(bytes: Buffer): void {
    this.received = this.received.length === 0 ? bytes : Buffer.concat([this.received, bytes]);
    for (;;) {
      const head = this.started ? TYPE_BYTES : 0;
      if (this.received.length < head + LENGTH_BYTES) return;
      const end = head + this.received.readUInt32BE(head);
      if (this.received.length < end) return;
      if (this.started) {
        this.message(String.fromCharCode(this.received[0] ?? 0), this.received.subarray(head + LENGTH_BYTES, end));
      }
      this.started = true;
      this.received = this.received.subarray(end);
    }
  }

  private message(type: string, body: Buffer): void {
    const fields = new Fields(body);
    if (type === PARSE) this.texts.set(fields.text(), fields.text());
    else if (type === BIND) this.bound = this.boundStatement(fields);
    else if (type === EXECUTE) this.onStatement(this.bound);
    else if (type === QUERY) this.onStatement({ text: fields.text(), values: [] });
  }

  private boundStatement(fields: Fields): SentStatement {
    fields.text();
    const text = this.texts.get(fields.text()) ?? '';
    const formats = Array.from({ length: fields.int16() }, () => fields.int16());
    const values = Array.from({ length: fields.int16() }, (_, index) => fields.value(formats[index] === BINARY));
    return { text, values };
  }
}

/** Reads the fields of a message in order. */
class Fields {
  private at = 0;

  constructor(private readonly body: Buffer) {}

  text(): string {
    const end = this.body.indexOf(0, this.at);
    const text = this.body.toString('utf8', this.at, end);
    this.at = end + 1;
    return text;
  }

  int16(): number {
    this.at += 2;
    return this.body.readInt16BE(this.at - 2);
  }

  value(isBinary: boolean): string | Buffer | null {
    const length = this.body.readInt32BE(this.at);
    this.at += LENGTH_BYTES;
    if (length < 0) return null;
    this.at += length;
    const bytes = this.body.subarray(this.at - length, this.at);
    return isBinary ? Buffer.from(bytes) : bytes.toString('utf8');
  }
}
