import { Injectable } from '@nestjs/common';
import { forAllTenants } from '@assent/platform';

/** Signals this replica's sender that events were committed here. A hint: the next poll finds what it misses. */
@Injectable()
export class OutboxSignal {
  private readonly listeners = new Set<() => void>();

  /** @returns how to stop listening */
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Call it after a commit that queued a delivery. */
  raise(): void {
    // The sender sends all due deliveries, of every tenant.
    forAllTenants(() => {
      for (const listener of this.listeners) listener();
    });
  }
}
