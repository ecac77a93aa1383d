import { Injectable } from '@nestjs/common';
import type { MemoryPlan } from '@assent/contract';
import type { Distiller } from './optimizer/distiller.port';

/** What memory needs of other libs, which it may not import: the engine connects it at boot. */
export interface MemoryPartners {
  /** MUST take secrets out of a text, and MUST leave a text without any as it is. */
  redact(text: string): string;
  /** Whether plans of this tenant wait for a person. */
  needsAssent(tenantId: string): Promise<boolean>;
  /** Puts a proposed plan before a person; again is the same. The one who decides calls `PlanService.applyApproved` or `refuse`. */
  askForAssent(tenantId: string, plan: MemoryPlan): Promise<void>;
  readonly distiller: Distiller;
}

/** Holds the partners. Until they are connected nothing can be kept: a text that was not redacted is never stored. */
@Injectable()
export class MemoryPorts {
  private partners: MemoryPartners | null = null;

  connect(partners: MemoryPartners): void {
    this.partners = partners;
  }

  redact(text: string): string {
    return this.connected.redact(text);
  }

  needsAssent(tenantId: string): Promise<boolean> {
    return this.connected.needsAssent(tenantId);
  }

  askForAssent(tenantId: string, plan: MemoryPlan): Promise<void> {
    return this.connected.askForAssent(tenantId, plan);
  }

  get distiller(): Distiller {
    return this.connected.distiller;
  }

  private get connected(): MemoryPartners {
    if (!this.partners) throw new Error('memory is used before the engine has connected its partners');
    return this.partners;
  }
}
