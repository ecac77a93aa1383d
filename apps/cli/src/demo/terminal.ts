import { createInterface, type Interface } from 'node:readline';
import { COLOURS, PLAIN, type Palette } from './palette';

const DEFAULT_COLUMNS = 120;

/** Shows the story and asks the person. */
export class Terminal {
  readonly palette: Palette;
  private reader: Interface | undefined;
  private lines: AsyncIterator<string> | undefined;

  constructor(
    private readonly input: NodeJS.ReadStream,
    private readonly output: NodeJS.WriteStream,
    noColor: boolean,
  ) {
    this.palette = output.isTTY && !noColor ? COLOURS : PLAIN;
  }

  get columns(): number {
    // A terminal of unknown size reports 0.
    return this.output.isTTY && this.output.columns > 0 ? this.output.columns : DEFAULT_COLUMNS;
  }

  /** Whether it is interactive. */
  get attended(): boolean {
    return this.input.isTTY && this.output.isTTY;
  }

  print(...lines: readonly string[]): void {
    for (const line of lines) this.output.write(`${line}\n`);
  }

  heading(text: string): void {
    this.print('', this.palette.bold(text), '');
  }

  /** @returns null when stdin ends before it was answered. @throws the signal's reason */
  async confirm(question: string, signal: AbortSignal): Promise<boolean | null> {
    for (;;) {
      const answer = await this.ask(`${question} [y/n] `, signal);
      if (answer === null) return null;
      if (/^y(es)?$/i.test(answer)) return true;
      if (/^no?$/i.test(answer)) return false;
      this.print('Please answer y or n.');
    }
  }

  /** One line of stdin, trimmed; null at its end. @throws the signal's reason */
  async ask(question: string, signal: AbortSignal): Promise<string | null> {
    signal.throwIfAborted();
    this.output.write(question);
    const answer = await Promise.race([this.nextLine(), aborted(signal)]);
    signal.throwIfAborted();
    if (!this.attended) this.print(answer ?? '(stdin is closed)');
    return answer?.trim() ?? null;
  }

  /** Releases stdin, which would keep the process alive. */
  close(): void {
    this.reader?.close();
  }

  /** One reader for all questions, so that input typed ahead answers the next one. */
  private async nextLine(): Promise<string | null> {
    if (!this.reader) {
      this.reader = createInterface({ input: this.input });
      this.lines = this.reader[Symbol.asyncIterator]();
    }
    const next = await this.lines?.next();
    return next === undefined || next.done === true ? null : next.value;
  }
}

function aborted(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(null), { once: true }));
}
