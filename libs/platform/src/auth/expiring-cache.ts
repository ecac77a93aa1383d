interface Entry<V> {
  readonly value: V;
  readonly untilMs: number;
}

/** Remembers values for a short time, at most so many: the oldest goes first, so that nobody can fill the memory. */
export class ExpiringCache<V> {
  private readonly entries = new Map<string, Entry<V>>();

  constructor(
    private readonly ttlMs: number,
    private readonly capacity: number,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  get(key: string): V | undefined {
    const entry = this.entries.get(key);
    if (!entry) return undefined;
    if (entry.untilMs > this.nowMs()) return entry.value;
    this.entries.delete(key);
    return undefined;
  }

  /** @param maxMs remember it no longer than this */
  set(key: string, value: V, maxMs = Infinity): void {
    this.entries.delete(key);
    this.entries.set(key, { value, untilMs: this.nowMs() + Math.min(this.ttlMs, maxMs) });
    if (this.entries.size <= this.capacity) return;
    const [oldest] = this.entries.keys();
    if (oldest !== undefined) this.entries.delete(oldest);
  }

  delete(key: string): void {
    this.entries.delete(key);
  }
}
