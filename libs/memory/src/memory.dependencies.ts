import type { MemoryPlan } from '@assent/contract';
import type { People } from '@assent/identity';
import type { Distiller } from './optimizer/distiller.port';

/** What memory needs of libs that it may not import. Bound by the engine. */
export abstract class MemoryDependencies {
  /** MUST remove secrets from a text, and MUST NOT change a text without secrets. */
  abstract redact(text: string): string;
  /** Whether plans of this tenant need an approval. */
  abstract requiresApproval(tenantId: string): Promise<boolean>;
  /**
   * Requests approval of a proposed plan. Idempotent. The decision calls `PlanService.applyApproved` or `refuse`.
   * @param people behind the credential that requests it; none of them may decide
   */
  abstract requestApproval(tenantId: string, plan: MemoryPlan, people: People): Promise<void>;
  /** Withdraws the pending approval of a plan whose text is erased, if there is one. @param actor who erases it */
  abstract withdrawApproval(tenantId: string, planId: string, actor: string): Promise<void>;
  abstract readonly distiller: Distiller;
}
