import { Module } from '@nestjs/common';
import { ApprovalsModule } from '@assent/approvals';
import { MemoryModule } from '@assent/memory';
import { PlannerModule } from '@assent/planner';
import { RunsModule } from '@assent/runs';
import { ToolsModule } from '@assent/tools';
import { ApprovedCheck } from './acting/approved.check';
import { ApprovedDispatch } from './acting/approved.dispatch';
import { DiffEnds } from './acting/diff.ends';
import { StepCalls } from './acting/step.calls';
import { ApprovalAsker } from './approving/approval.asker';
import { CallAgain } from './approving/call.again';
import { Reviews } from './approving/reviews';
import { StaleOffers } from './approving/stale.offers';
import { ToolDrafter } from './approving/tool.drafter';
import { CancelService } from './cancel.service';
import { CancelWrites } from './cancel.writes';
import { ClientCallService } from './client-tools/client-call.service';
import { ClientCallSweep } from './client-tools/client-call.sweep';
import { ClientAnswers } from './client-tools/client.answers';
import { ClientCaller } from './client-tools/client.caller';
import { ClientDispatch } from './client-tools/client.dispatch';
import { CompleteService } from './complete.service';
import { ENGINE_METRIC_PROVIDERS, EngineMetrics } from './engine.metrics';
import { EngineService } from './engine.service';
import { MemoryDistiller } from './learning/memory.distiller';
import { MemoryGlue } from './learning/memory.glue';
import { RunLessons } from './learning/run.lessons';
import { Phases } from './phases';
import { ActPhase } from './phases/act.phase';
import { ApplyPhase } from './phases/apply.phase';
import { ApprovePhase } from './phases/approve.phase';
import { ObservePhase } from './phases/observe.phase';
import { PlanPhase } from './phases/plan.phase';
import { PendingRequests } from './pending.requests';
import { CallerPlans } from './planning/caller.plans';
import { ModelAdmission } from './planning/model.admission';
import { ModelSteps } from './planning/model.steps';
import { NextPlans } from './planning/next.plans';
import { Recalibrations } from './planning/recalibrations';
import { RunFacts } from './planning/run.facts';
import { StepRequests } from './planning/step.requests';
import { QuestionAsker } from './questions/question.asker';
import { QuestionService } from './questions/question.service';
import { QuestionSweep } from './questions/question.sweep';
import { QuestionVoider } from './questions/question.voider';
import { Latecomers } from './refutation/latecomers';
import { RefutationService } from './refutation/refutation.service';
import { RefutationSweep } from './refutation/refutation.sweep';
import { ResolveService } from './refutation/resolve.service';
import { RunAssumptions } from './refutation/run.assumptions';
import { WaitingRuns } from './refutation/waiting.runs';
import { RequestReplies } from './request.replies';
import { RunStarter } from './run.starter';
import { RunSweep } from './run.sweep';
import { RunWorker } from './run.worker';
import { PlanWriter } from './search/plan.writer';
import { SearchDeliberation } from './search/search.deliberation';
import { SearchFrames } from './search/search.frames';
import { SearchPrompts } from './search/search.prompts';
import { SearchVerifier } from './search/search.verifier';
import { StartCheck } from './start.check';
import { MemoryPlanSubject } from './subjects/memory-plan.subject';
import { ToolTrustSubject } from './subjects/tool-trust.subject';
import { ToolTrustSweep } from './subjects/tool-trust.sweep';

const ACTING = [StepCalls, ApprovedCheck, ApprovedDispatch, DiffEnds];
const APPROVING = [ApprovalAsker, CallAgain, Reviews, StaleOffers, ToolDrafter];
const PLANNING = [RunFacts, Recalibrations, CallerPlans, NextPlans, StepRequests, ModelSteps, ModelAdmission];
const SEARCH = [SearchVerifier, PlanWriter, SearchFrames, SearchPrompts, SearchDeliberation];
const QUESTIONS = [QuestionAsker, QuestionService, QuestionSweep, QuestionVoider];
const CLIENT_TOOLS = [ClientCaller, ClientDispatch, ClientAnswers, ClientCallService, ClientCallSweep];
const REFUTATION = [Latecomers, WaitingRuns, RefutationService, RefutationSweep, ResolveService, RunAssumptions];
const LEARNING = [RunLessons, MemoryDistiller, MemoryGlue, MemoryPlanSubject];
const TRUST = [ToolTrustSubject, ToolTrustSweep];
const PHASES = [PlanPhase, ActPhase, ApprovePhase, ApplyPhase, ObservePhase, Phases];

/** The run machine: takes runs through their phases. */
@Module({
  imports: [RunsModule, PlannerModule, ToolsModule, ApprovalsModule, MemoryModule],
  providers: [
    ...ACTING,
    ...APPROVING,
    ...PLANNING,
    ...SEARCH,
    ...QUESTIONS,
    ...CLIENT_TOOLS,
    ...REFUTATION,
    ...LEARNING,
    ...TRUST,
    ...PHASES,
    PendingRequests,
    RequestReplies,
    RunWorker,
    RunSweep,
    EngineService,
    StartCheck,
    RunStarter,
    CancelWrites,
    CancelService,
    CompleteService,
    EngineMetrics,
    ...ENGINE_METRIC_PROVIDERS,
  ],
  exports: [EngineService, RunStarter, CancelService, CompleteService, PendingRequests, RequestReplies, ResolveService],
})
export class EngineModule {}
