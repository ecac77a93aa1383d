/** A value that is loaded when somebody asks, at most once in a while. A failed load leaves the value that was there. */
export class Cached<T> {
  private value: T | undefined;
  private loadedAt = -Infinity;
  private loading: Promise<T | undefined> | undefined;

  constructor(
    private readonly load: () => Promise<T>,
    private readonly maxAgeMs: number,
    private readonly failed: (thrown: unknown) => void,
    /** Milliseconds that never go back. */
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** The newest value; undefined: there never was one. Those who ask at once share one load. */
  get(): Promise<T | undefined> {
    if (this.now() - this.loadedAt < this.maxAgeMs) return Promise.resolve(this.value);
    this.loading ??= this.refresh().finally(() => {
      this.loading = undefined;
    });
    return this.loading;
  }

  private async refresh(): Promise<T | undefined> {
    try {
      this.value = await this.load();
    } catch (thrown) {
      this.failed(thrown);
    }
    // A store that is away is not asked more often than one that answers.
    this.loadedAt = this.now();
    return this.value;
  }
}
