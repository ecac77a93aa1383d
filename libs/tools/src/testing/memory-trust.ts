import type { KnownTool, SeenTool, TrustStore } from '../tool-adapter.port';

/** An in-memory store for one test. */
export class MemoryTrust implements TrustStore {
  readonly pins = new Map<string, SeenTool & { trustedHash: string | null }>();
  private readonly listeners = new Set<() => void>();

  known(server: string): Promise<KnownTool[]> {
    return Promise.resolve([...this.pins.values()].filter((pin) => pin.server === server));
  }

  see(seen: SeenTool, trustNew: boolean): Promise<KnownTool> {
    const trustedHash = this.pins.get(seen.id)?.trustedHash ?? (trustNew && !this.pins.has(seen.id) ? seen.hash : null);
    const pin = { ...seen, trustedHash };
    this.pins.set(seen.id, pin);
    return Promise.resolve(pin);
  }

  onTrust(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Trusts the latest definition. @param local whether this process made the change */
  trust(id: string, local = true): void {
    const pin = this.pins.get(id);
    if (!pin) throw new Error(`${id} was never seen.`);
    this.pins.set(id, { ...pin, trustedHash: pin.hash });
    if (local) for (const listener of this.listeners) listener();
  }

  /** Number of listeners for trust changes; it must be zero when everything is stopped. */
  get listening(): number {
    return this.listeners.size;
  }
}
