import { connect, type Socket } from 'node:net';
import { requestText } from './http.connection';

const HEAD_END = '\r\n\r\n';
const EVENT_END = '\n\n';
const ID = 'id: ';

/** An SSE client: a bare socket, the chunked coding undone by hand. It parses only the ids. */
export class EventSocket {
  private readonly socket: Socket;
  private headTaken = false;
  /** Not decoded yet: a part of the head, or of a chunk's size line. */
  private raw = '';
  /** Bytes of the current chunk that are still to come, its line end included. */
  private chunkLeft = 0;
  private text = '';

  /** @param onEvent called with each event and its id, in the order of arrival; @param onEnd called once, at the end */
  constructor(
    url: string,
    path: string,
    key: string,
    private readonly onEvent: (id: number, event: string) => void,
    private readonly onOpen: () => void,
    onEnd: (problem: string) => void,
  ) {
    const { hostname, port, host } = new URL(url);
    this.socket = connect(Number(port), hostname, () => {
      this.socket.write(requestText(host, { method: 'GET', path, key, headers: 'accept: text/event-stream\r\n' }));
    });
    this.socket.setEncoding('latin1');
    this.socket.on('data', (text: string) => this.take(text));
    this.socket.on('error', (error) => onEnd(error.message));
    this.socket.on('close', () => onEnd('the server closed the stream'));
  }

  close(): void {
    this.socket.removeAllListeners('close');
    this.socket.destroy();
  }

  private take(text: string): void {
    this.raw += text;
    if (!this.headTaken) {
      const end = this.raw.indexOf(HEAD_END);
      if (end < 0) return;
      if (!this.raw.startsWith('HTTP/1.1 200')) throw new Error(`A stream was refused: ${this.raw}`);
      this.raw = this.raw.slice(end + HEAD_END.length);
      this.headTaken = true;
      this.onOpen();
    }
    this.decode();
    const events = this.text.split(EVENT_END);
    this.text = events.pop() ?? '';
    for (const event of events)
      if (event.startsWith(ID)) this.onEvent(Number.parseInt(event.slice(ID.length), 10), event);
  }

  private decode(): void {
    while (this.raw !== '') {
      if (this.chunkLeft === 0) {
        const lineEnd = this.raw.indexOf('\r\n');
        if (lineEnd < 0) return;
        this.chunkLeft = Number.parseInt(this.raw.slice(0, lineEnd), 16) + 2;
        this.raw = this.raw.slice(lineEnd + 2);
      }
      const part = this.raw.slice(0, this.chunkLeft);
      this.raw = this.raw.slice(part.length);
      // The last two bytes of a chunk are its line end, not text.
      this.text += part.slice(0, Math.max(0, this.chunkLeft - 2));
      this.chunkLeft -= part.length;
    }
  }
}
