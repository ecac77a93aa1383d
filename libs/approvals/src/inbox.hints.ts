import { Injectable } from '@nestjs/common';

type Listener = (tenantIds: readonly string[]) => void;

/** Says in this process that something has happened in a tenant's inbox. A hint only: the table is the truth. */
@Injectable()
export class InboxHints {
  private readonly listeners = new Set<Listener>();

  onHint(listener: Listener): void {
    this.listeners.add(listener);
  }

  hint(tenantId: string): void {
    for (const listener of this.listeners) listener([tenantId]);
  }

  /** Other replicas look for themselves, several times a second. */
  notify(): void {
    return undefined;
  }
}
