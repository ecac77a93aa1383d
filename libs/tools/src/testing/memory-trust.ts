import type { KnownTool, SeenTool, TrustStore } from '../adapters/tool-adapter.port';

/** Remembers for as long as a test lasts. */
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

  /** Trusts what was seen last. @param told whether it happened in this process */
  trust(id: string, told = true): void {
    const pin = this.pins.get(id);
    if (!pin) throw new Error(`${id} was never seen.`);
    this.pins.set(id, { ...pin, trustedHash: pin.hash });
    if (told) for (const listener of this.listeners) listener();
  }

  /** Who is told of trust, and must have left when everything is stopped. */
  get listening(): number {
    return this.listeners.size;
  }
}
