import { Injectable } from '@nestjs/common';
import { forAllTenants } from '@assent/platform';

type Listener = (tenantIds: readonly string[]) => void;

/** Notifies this process of a new event in a tenant's inbox. It is only a hint: the table is authoritative. */
@Injectable()
export class InboxHints {
  private readonly listeners = new Set<Listener>();
  private readonly resolvedListeners = new Set<() => void>();

  onHint(listener: Listener): void {
    this.listeners.add(listener);
  }

  /** Called when an approval without a run was resolved and its subject has work to do. */
  onResolved(listener: () => void): void {
    this.resolvedListeners.add(listener);
  }

  resolved(): void {
    forAllTenants(() => {
      for (const listener of this.resolvedListeners) listener();
    });
  }

  hint(tenantId: string): void {
    // Listeners serve all tenants, not the tenant whose request triggered the hint.
    forAllTenants(() => {
      for (const listener of this.listeners) listener([tenantId]);
    });
  }

  /** Other replicas poll several times a second. */
  notify(): void {
    return undefined;
  }
}
