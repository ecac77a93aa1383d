import { LRUCache } from 'lru-cache';

/** A value that is loaded on demand and kept for a while. A failed load keeps the previous value. */
export class Cached<T> {
  private value: T | undefined;
  private loadedAt = -Infinity;
  private loading: Promise<T | undefined> | undefined;

  constructor(
    private readonly load: () => Promise<T>,
    private readonly maxAgeMs: number,
    private readonly failed: (thrown: unknown) => void,
    /** A monotonic clock, in milliseconds. */
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** The latest value; undefined if no load has succeeded yet. Concurrent callers share one load. */
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
    // A failed load is cached like a successful one, so that an unavailable store is not queried more often.
    this.loadedAt = this.now();
    return this.value;
  }
}

export interface CachedByKeyOptions {
  readonly maxAgeMs: number;
  /** Maximum number of keys; beyond it the least recently used are dropped. */
  readonly maxKeys: number;
  /** A monotonic clock in milliseconds, above 0. */
  readonly now?: (() => number) | undefined;
}

/** Values that are loaded by key on demand. A failed load is not cached: the next caller loads again. */
export class CachedByKey<T> {
  private readonly loads: LRUCache<string, Promise<T>>;

  constructor(
    private readonly load: (key: string) => Promise<T>,
    { maxAgeMs, maxKeys, now = () => performance.now() }: CachedByKeyOptions,
  ) {
    this.loads = new LRUCache({ ttl: maxAgeMs, max: maxKeys, perf: { now }, ttlResolution: 0 });
  }

  /**
   * Concurrent callers share one load.
   * @throws errors of `load`
   */
  get(key: string): Promise<T> {
    const known = this.loads.get(key);
    if (known) return known;
    const loading = this.load(key);
    this.loads.set(key, loading);
    loading.catch(() => {
      if (this.loads.peek(key) === loading) this.loads.delete(key);
    });
    return loading;
  }

  delete(key: string): void {
    this.loads.delete(key);
  }

  clear(): void {
    this.loads.clear();
  }
}
