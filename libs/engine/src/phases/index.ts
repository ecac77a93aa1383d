import { Injectable } from '@nestjs/common';
import type { Phase } from '@assent/contract';
import type { RunPhase } from '../work';
import { ActPhase } from './act.phase';
import { ApplyPhase } from './apply.phase';
import { ApprovePhase } from './approve.phase';
import { ObservePhase } from './observe.phase';
import { PlanPhase } from './plan.phase';

/** The phases by name: the whole engine in five lines. */
@Injectable()
export class Phases {
  constructor(
    private readonly plan: PlanPhase,
    private readonly act: ActPhase,
    private readonly approve: ApprovePhase,
    readonly apply: ApplyPhase,
    private readonly observe: ObservePhase,
  ) {}

  of(phase: Phase): RunPhase {
    switch (phase) {
      case 'plan':
        return this.plan;
      case 'act':
        return this.act;
      case 'approve':
        return this.approve;
      case 'apply':
        return this.apply;
      case 'observe':
        return this.observe;
    }
  }
}
