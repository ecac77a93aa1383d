import { Global, Module } from '@nestjs/common';
import { ApprovalsModule } from '@assent/approvals';
import { MemoryModule } from '@assent/memory';
import { SearchModule } from '@assent/search';
import { PlannerModule } from '@assent/planner';
import { RunsModule } from '@assent/runs';
import { ToolsModule } from '@assent/tools';
import { ApprovedDispatch } from './apply/approved.dispatch';
import { DiffOutcomes } from './apply/diff.outcomes';
import { RebaseProposals } from './apply/rebase.proposals';
import { ToolDrafter } from './approve/tool.drafter';
import { CancelService } from './cancel.service';
import { CancelWrites } from './cancel.writes';
import { ClientCallService } from './interrupts/client-call.service';
import { ClientAnswers } from './interrupts/client.answers';
import { ClientCaller } from './interrupts/client.caller';
import { CompleteService } from './complete.service';
import { ENGINE_METRIC_PROVIDERS, EngineMetrics } from './engine.metrics';
import { EngineService } from './engine.service';
import { RunLessons } from './learning/run.lessons';
import { ActPhase } from './act/act.phase';
import { ReadCalls } from './act/read.calls';
import { ApplyPhase } from './apply/apply.phase';
import { ApprovePhase } from './approve/approve.phase';
import { ObservePhase } from './observe/observe.phase';
import { PlanPhase } from './plan/plan.phase';
import { PendingRequests } from './interrupts/pending.requests';
import { CallerPlans } from './plan/caller.plans';
import { ModelAdmission } from './plan/model.admission';
import { DryRunner } from './plan/dry.runs';
import { ModelSteps } from './plan/model.steps';
import { PlannerInputs } from './plan/planner.inputs';
import { Recalibrations } from './plan/recalibrations';
import { RunHistory } from './plan/run.history';
import { StepRequests } from './plan/step.requests';
import { ChangedTools } from './interrupts/changed.tools';
import { QuestionAsker } from './interrupts/question.asker';
import { QuestionService } from './interrupts/question.service';
import { ExpirySweep } from './interrupts/expiry.sweep';
import { QuestionVoider } from './interrupts/question.voider';
import { MissedResolutions } from './interrupts/missed.resolutions';
import { RefutationService } from './interrupts/refutation.service';
import { RefutationSweep } from './interrupts/refutation.sweep';
import { ResolveService } from './interrupts/resolve.service';
import { RunAssumptions } from './interrupts/run.assumptions';
import { WaitingRuns } from './interrupts/waiting.runs';
import { PORTS } from './ports';
import { PauseService } from './pause.service';
import { RequestReplies } from './interrupts/request.replies';
import { RunFailures } from './run.failures';
import { RevertService } from './revert.service';
import { RunStarter } from './run.starter';
import { RunSweep } from './run.sweep';
import { RunWorker } from './run.worker';
import { PlanWriter } from './plan/search/plan.writer';
import { SearchDeliberation } from './plan/search/search.deliberation';
import { SearchFrames } from './plan/search/search.frames';
import { SearchPrompts } from './plan/search/search.prompts';
import { SearchVerifier } from './plan/search/search.verifier';
import { StartCheck } from './start.check';
import { PHASES, type Phases } from './step/phase';
import { StepContexts } from './step/step.context';
import { StoredSteps } from './step/stored.step';
import { StepExecutor } from './step.executor';
import { StepLimits } from './step/step.limits';
import { MemoryPlanRequests, MemoryPlanSubject, MemoryPlanView } from './subjects/memory-plan.subject';
import { AgentPermissionSubject, AgentPermissionView } from './subjects/agent-permission.subject';
import { ToolTrustSubject, ToolTrustView } from './subjects/tool-trust.subject';
import { ToolTrustSweep } from './subjects/tool-trust.sweep';

const STEP = [StoredSteps, StepContexts, StepExecutor, StepLimits];
const PLAN = [
  PlanPhase,
  CallerPlans,
  DryRunner,
  ModelSteps,
  RunHistory,
  StepRequests,
  Recalibrations,
  PlannerInputs,
  ModelAdmission,
];
const SEARCH = [SearchVerifier, PlanWriter, SearchFrames, SearchPrompts, SearchDeliberation];
const APPLY = [ApplyPhase, ApprovedDispatch, DiffOutcomes, RebaseProposals];
const QUESTIONS = [QuestionAsker, QuestionService, QuestionVoider, ExpirySweep];
const CLIENT_TOOLS = [ClientCaller, ClientAnswers, ClientCallService];
const REFUTATION = [MissedResolutions, WaitingRuns, RefutationService, RefutationSweep, ResolveService, RunAssumptions];
const SUBJECTS = [
  ChangedTools,
  MemoryPlanRequests,
  MemoryPlanView,
  MemoryPlanSubject,
  ToolTrustView,
  AgentPermissionSubject,
  AgentPermissionView,
  ToolTrustSubject,
  ToolTrustSweep,
];

/** The run machine: executes runs phase by phase. */
@Module({
  imports: [RunsModule, PlannerModule, ToolsModule, ApprovalsModule, MemoryModule, SearchModule],
  providers: [
    ...STEP,
    ...PLAN,
    ...SEARCH,
    ActPhase,
    ReadCalls,
    ApprovePhase,
    ToolDrafter,
    ...APPLY,
    ObservePhase,
    {
      provide: PHASES,
      useFactory: (
        plan: PlanPhase,
        act: ActPhase,
        approve: ApprovePhase,
        apply: ApplyPhase,
        observe: ObservePhase,
      ): Phases => ({ plan, act, approve, apply, observe }),
      inject: [PlanPhase, ActPhase, ApprovePhase, ApplyPhase, ObservePhase],
    },
    ...QUESTIONS,
    ...CLIENT_TOOLS,
    ...REFUTATION,
    ...SUBJECTS,
    RunLessons,
    ...PORTS,
    PendingRequests,
    RequestReplies,
    RunWorker,
    RunFailures,
    RunSweep,
    EngineService,
    StartCheck,
    RunStarter,
    RevertService,
    CancelWrites,
    CancelService,
    CompleteService,
    PauseService,
    EngineMetrics,
    ...ENGINE_METRIC_PROVIDERS,
  ],
  exports: [
    EngineService,
    RunStarter,
    RevertService,
    CancelService,
    CompleteService,
    PauseService,
    PendingRequests,
    RequestReplies,
    ResolveService,
    ...PORTS.map(({ provide }) => provide),
  ],
})
export class EngineModule {}

/** Provides the engine's port bindings to the lower libs. */
@Global()
@Module({ imports: [EngineModule], exports: [EngineModule] })
export class PortsModule {}
