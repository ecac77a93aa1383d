import { Module } from '@nestjs/common';
import { ApprovalsModule } from '@assent/approvals';
import { MemoryModule } from '@assent/memory';
import { PlannerModule } from '@assent/planner';
import { RunsModule } from '@assent/runs';
import { ToolsModule } from '@assent/tools';
import { CancelService } from './cancel.service';
import { CompleteService } from './complete.service';
import { ENGINE_METRIC_PROVIDERS, EngineMetrics } from './engine.metrics';
import { EngineService } from './engine.service';
import { Phases } from './phases';
import { ActPhase } from './phases/act.phase';
import { ApplyPhase } from './phases/apply.phase';
import { ApprovePhase } from './phases/approve.phase';
import { ObservePhase } from './phases/observe.phase';
import { PlanPhase } from './phases/plan.phase';
import { RunStarter } from './run.starter';
import { RunSweep } from './run.sweep';
import { RunWorker } from './run.worker';
import { StartCheck } from './start.check';

const PHASES = [PlanPhase, ActPhase, ApprovePhase, ApplyPhase, ObservePhase, Phases];

/** The run machine: takes runs through their phases. */
@Module({
  imports: [RunsModule, PlannerModule, ToolsModule, ApprovalsModule, MemoryModule],
  providers: [
    ...PHASES,
    RunWorker,
    RunSweep,
    EngineService,
    StartCheck,
    RunStarter,
    CancelService,
    CompleteService,
    EngineMetrics,
    ...ENGINE_METRIC_PROVIDERS,
  ],
  exports: [EngineService, RunStarter, CancelService, CompleteService],
})
export class EngineModule {}
