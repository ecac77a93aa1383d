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
    /** Milliseconds that never go back. */
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** The newest value; undefined: no load has succeeded yet. Concurrent callers share one load. */
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
    // A failed load is cached like a success: an unavailable store is not queried more often.
    this.loadedAt = this.now();
    return this.value;
  }
}

export interface CachedByKeyOptions {
  readonly maxAgeMs: number;
  /** Of more keys, the least recently used go first. */
  readonly maxKeys: number;
  /** Milliseconds that never go back, above 0. */
  readonly now?: (() => number) | undefined;
}

/** Values that are loaded by key when they are needed. A failed load is not kept: the next caller loads again. */
export class CachedByKey<T> {
  private readonly loads: LRUCache<string, Promise<T>>;

  constructor(
    private readonly load: (key: string) => Promise<T>,
    { maxAgeMs, maxKeys, now = () => performance.now() }: CachedByKeyOptions,
  ) {
    this.loads = new LRUCache({ ttl: maxAgeMs, max: maxKeys, perf: { now }, ttlResolution: 0 });
  }

  /** Concurrent callers share one load. @throws what `load` throws */
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
