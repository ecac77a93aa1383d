import { Injectable } from '@nestjs/common';
import { AssentError, type MemoryStage, type PlanOp } from '@assent/contract';
import { MemoryMetrics } from '../memory.metrics';
import { PlanRepository } from '../plans/plan.repository';
import { PlanService, derivedId } from '../plans/plan.service';
import { hashOfOps } from '../plans/plan.statements';
import { AgentRepository } from './agent.repository';
import type { OpenRun } from './memory-run.repository';
import { Stages, type Batch } from './stages';

/** What became of a batch of operations. */
export interface Done {
  readonly planIds: string[];
  readonly applied: number;
}

const NOTHING: Batch = { read: 0, ops: [], why: 'nothing to do', next: null };

/** The hands of the agent: reads a batch, and brings what it wants changed through as a plan. */
@Injectable()
export class AgentWork {
  constructor(
    private readonly stages: Stages,
    private readonly agent: AgentRepository,
    private readonly service: PlanService,
    private readonly plans: PlanRepository,
    private readonly metrics: MemoryMetrics,
  ) {}

  async batch(stage: MemoryStage, tenantId: string, position: string | null): Promise<Batch> {
    switch (stage) {
      case 'credit':
        return this.stages.credit(tenantId);
      case 'retire':
        return this.stages.retire(tenantId, position);
      case 'promote': {
        if ((await this.plans.version(tenantId)).frozen)
          return { ...NOTHING, why: 'promotion is frozen: memory drifts' };
        if (position === null) await this.stages.promoteMetaPrompts(tenantId);
        return this.stages.promote(tenantId, position);
      }
      case 'merge':
        return this.stages.merge(tenantId, position);
      case 'distil':
        return this.stages.distil(tenantId);
      case 'drift':
      case 'done':
        return NOTHING;
    }
  }

  /** What was proposed before, and refused or taken back by somebody, is not proposed again. */
  async carryOut({ tenantId, memoryRunId }: OpenRun, ops: readonly PlanOp[]): Promise<Done> {
    if (ops.length === 0) return { planIds: [], applied: 0 };
    if (await this.plans.isKnown(tenantId, hashOfOps(ops))) return { planIds: [], applied: 0 };
    const planId = derivedId(memoryRunId, Number.parseInt(hashOfOps(ops).slice(-8), 16), 'plan');
    const actor = { tenantId, subject: 'system:memory', origin: 'distilled' } as const;
    try {
      const plan = await this.service.apply(actor, { planId, ops, memoryRunId });
      return { planIds: [plan.planId], applied: plan.state === 'applied' ? ops.length : 0 };
    } catch (thrown) {
      // Somebody has changed these fragments meanwhile: the next run looks at them again.
      if (thrown instanceof AssentError && (thrown.reason === 'conflict' || thrown.reason === 'invalid')) {
        return { planIds: [], applied: 0 };
      }
      throw thrown;
    }
  }

  digested(tenantId: string, runIds: readonly string[]): Promise<void> {
    return this.agent.digested(tenantId, runIds);
  }

  ended(state: string): void {
    this.metrics.run(state);
  }
}
