import { Injectable } from '@nestjs/common';
import { forAllTenants } from '@assent/platform';

type Listener = (tenantIds: readonly string[]) => void;

/** Says in this process that something has happened in a tenant's inbox. A hint only: the table is the truth. */
@Injectable()
export class InboxHints {
  private readonly listeners = new Set<Listener>();
  private readonly resolvedListeners = new Set<() => void>();

  onHint(listener: Listener): void {
    this.listeners.add(listener);
  }

  /** Called when an approval without a run was resolved and has to be carried out. */
  onResolved(listener: () => void): void {
    this.resolvedListeners.add(listener);
  }

  resolved(): void {
    forAllTenants(() => {
      for (const listener of this.resolvedListeners) listener();
    });
  }

  hint(tenantId: string): void {
    // Listeners work for all tenants, not for the tenant whose request triggered them.
    forAllTenants(() => {
      for (const listener of this.listeners) listener([tenantId]);
    });
  }

  /** Other replicas poll several times a second. */
  notify(): void {
    return undefined;
  }
}
