export interface StreamEvent {
  /** Absent: an entry of the stream. Otherwise `ping`, `gap`, or a name that a newer server may send. */
  readonly event?: string | undefined;
  readonly data: string;
}

const LINE_END = /\r\n?|\n/g;

/** Parses a text/event-stream that arrives in arbitrary chunks. Comments, ids and unknown fields are ignored. */
export class EventParser {
  private line = '';
  private isAfterReturn = false;
  private event: string | undefined;
  private data: string | undefined;

  /** @param maxChars maximum length of an event */
  constructor(
    private readonly maxChars: number,
    private readonly onRetry: (retryMs: number) => void,
  ) {}

  /** @returns the events that the text completes. null: an event is too long */
  feed(text: string): StreamEvent[] | null {
    const events: StreamEvent[] = [];
    // A CRLF may be split between two chunks.
    let start = this.isAfterReturn && text.startsWith('\n') ? 1 : 0;
    if (text !== '') this.isAfterReturn = text.endsWith('\r');
    LINE_END.lastIndex = start;
    for (let end = LINE_END.exec(text); end; end = LINE_END.exec(text)) {
      this.read(this.line + text.slice(start, end.index), events);
      this.line = '';
      start = LINE_END.lastIndex;
    }
    this.line += text.slice(start);
    return this.line.length + (this.data?.length ?? 0) > this.maxChars ? null : events;
  }

  private read(line: string, events: StreamEvent[]): void {
    const { event, data } = this;
    if (line === '') {
      if (data !== undefined) events.push({ event, data });
      this.event = this.data = undefined;
      return;
    }
    const [, name, value = ''] = /^([^:]*)(?:: ?([^]*))?/.exec(line) ?? [];
    if (name === 'data') this.data = data === undefined ? value : `${data}\n${value}`;
    else if (name === 'event') this.event = value || undefined;
    else if (name === 'retry' && /^\d+$/.test(value)) this.onRetry(Number(value));
  }
}
