import type { PlanOp } from '@assent/contract';

/** A plan that is not stored yet. */
export interface NewPlan {
  readonly planId: string;
  readonly baseVersion: number;
  readonly ops: readonly PlanOp[];
  readonly author: string;
  readonly memoryRunId: string | null;
  readonly rebasedFrom: string | null;
}
