import { Injectable } from '@nestjs/common';
import { AssentError, type PlanOp } from '@assent/contract';
import { MemoryMetrics } from '../memory.metrics';
import { PlanRepository } from '../plans/plan.repository';
import { PlanService, derivedId } from '../plans/plan.service';
import { hashOfOps } from '../plans/plan.statements';
import { BY_MODEL, Distilling } from './distilling';
import type { OpenRun } from './memory-run.repository';
import { Stages, type Batch } from './stages';

/** The result of a batch of operations. */
export interface Done {
  readonly planIds: string[];
  readonly applied: number;
  /** Why memory refused it; null: accepted, or waiting for a decision. */
  readonly refused: string | null;
}

function refusedFor(refused: string | null): Done {
  return { planIds: [], applied: 0, refused };
}

const NOTHING: Batch = { read: 0, ops: [], why: 'nothing to do', next: null };

/** The actions of the agent: reads a batch, and proposes its changes as a plan. */
@Injectable()
export class AgentActions {
  constructor(
    private readonly stages: Stages,
    private readonly distilling: Distilling,
    private readonly service: PlanService,
    private readonly plans: PlanRepository,
    private readonly metrics: MemoryMetrics,
  ) {}

  /** @param left operations that the run may still propose @throws the reason of the signal */
  async batch(run: OpenRun, left: number, signal: AbortSignal): Promise<Batch> {
    const { stage, tenantId, position } = run;
    switch (stage) {
      case 'credit':
        return this.stages.credit(tenantId);
      case 'retire':
        return this.stages.retire(tenantId, position);
      case 'promote': {
        if ((await this.plans.version(tenantId)).frozen)
          return { ...NOTHING, why: 'promotion is frozen: memory does harm' };
        if (position === null) await this.stages.promoteMetaPrompts(tenantId);
        return this.stages.promote(tenantId, position);
      }
      case 'merge':
        return this.stages.merge(tenantId, position);
      case 'distil':
        return position === BY_MODEL ? this.distilling.batch(run, left, signal) : this.byRules(tenantId);
      case 'drift':
      case 'done':
        return NOTHING;
    }
  }

  /** A plan that was proposed before, and refused or reverted, is not proposed again. */
  async propose({ tenantId, memoryRunId }: OpenRun, ops: readonly PlanOp[]): Promise<Done> {
    if (ops.length === 0) return refusedFor(null);
    if (await this.plans.isKnown(tenantId, hashOfOps(ops))) return refusedFor('it was proposed before');
    const planId = derivedId(memoryRunId, Number.parseInt(hashOfOps(ops).slice(-8), 16), 'plan');
    const actor = { tenantId, subject: 'system:memory', origin: 'distilled' } as const;
    try {
      const plan = await this.service.apply(actor, { planId, ops, memoryRunId });
      return { planIds: [plan.planId], applied: plan.state === 'applied' ? ops.length : 0, refused: null };
    } catch (thrown) {
      // These fragments were changed concurrently: the next run reads them again.
      if (thrown instanceof AssentError && (thrown.reason === 'conflict' || thrown.reason === 'invalid')) {
        return refusedFor(thrown.message);
      }
      throw thrown;
    }
  }

  /** Called after the operations of a batch are stored. */
  async learnt(tenantId: string, { digested, distilled }: Batch): Promise<void> {
    if (digested) await this.stages.digested(tenantId, digested);
    if (distilled) await this.distilling.read(tenantId, distilled);
  }

  /** Rules come first, because they need no model. */
  private async byRules(tenantId: string): Promise<Batch> {
    const batch = await this.stages.distil(tenantId);
    return { ...batch, next: batch.next ?? (this.distilling.isOn ? BY_MODEL : null) };
  }

  ended(state: string): void {
    this.metrics.run(state);
  }
}
