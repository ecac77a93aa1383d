import { Injectable } from '@nestjs/common';
import { forAllTenants } from '@assent/platform';

/** Signals this replica's sender that events were committed here. A hint: the next poll finds missed events. */
@Injectable()
export class OutboxSignal {
  private readonly listeners = new Set<() => void>();

  /** @returns a function that stops listening */
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** MUST be called after a commit that queued a delivery. */
  raise(): void {
    // The sender sends all due deliveries, of every tenant.
    forAllTenants(() => {
      for (const listener of this.listeners) listener();
    });
  }
}
