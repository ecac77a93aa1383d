import { Injectable } from '@nestjs/common';
import { forAllTenants } from '@assent/platform';

type Listener = (tenantIds: readonly string[]) => void;

/** Says in this process that something has happened in a tenant's inbox. A hint only: the table is the truth. */
@Injectable()
export class InboxHints {
  private readonly listeners = new Set<Listener>();
  private readonly settlers = new Set<() => void>();

  onHint(listener: Listener): void {
    this.listeners.add(listener);
  }

  /** Something without a run was decided, and has to be carried out. */
  onSettled(listener: () => void): void {
    this.settlers.add(listener);
  }

  settled(): void {
    forAllTenants(() => {
      for (const listener of this.settlers) listener();
    });
  }

  hint(tenantId: string): void {
    // Whoever listens works for all tenants, not for the one whose request has set it off.
    forAllTenants(() => {
      for (const listener of this.listeners) listener([tenantId]);
    });
  }

  /** Other replicas look for themselves, several times a second. */
  notify(): void {
    return undefined;
  }
}
