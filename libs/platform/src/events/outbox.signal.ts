import { Injectable } from '@nestjs/common';
import { forAllTenants } from '../database/tenant.context';

/** Tells this replica's sender that events were committed here. A hint: what it misses is found by the next look. */
@Injectable()
export class OutboxSignal {
  private readonly listeners = new Set<() => void>();

  /** @returns how to stop listening */
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Call it after the commit of a statement that had `publishFrames` or `publishEvent` in it. */
  raise(): void {
    // The sender sends what is due, whoever's it is.
    forAllTenants(() => {
      for (const listener of this.listeners) listener();
    });
  }
}
