/** Runs the newest of several jobs after a pause; a newer one aborts the older, whose result is dropped. */
export class Latest<T> {
  private current: AbortController | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly pauseMs: number,
    private readonly done: (result: T) => void,
    private readonly failed: (error: unknown) => void,
  ) {}

  run(job: (signal: AbortSignal) => Promise<T>): void {
    this.stop();
    const own = new AbortController();
    this.current = own;
    this.timer = setTimeout(() => {
      job(own.signal).then(
        (result) => {
          if (this.current === own) this.done(result);
        },
        (error: unknown) => {
          if (this.current === own) this.failed(error);
        },
      );
    }, this.pauseMs);
  }

  stop(): void {
    clearTimeout(this.timer);
    this.current?.abort();
    this.current = null;
  }
}
