import { Module } from '@nestjs/common';
import { Config } from '@assent/platform';
import { CALIBRATION_METRIC_PROVIDERS, CalibrationMetrics } from './calibration/calibration.metrics';
import { CalibrationRepository } from './calibration/calibration.repository';
import { CalibrationService } from './calibration/calibration.service';
import { CalibrationSnapshot } from './calibration/calibration.snapshot';
import { BeliefsComposer } from './deliberation/beliefs.composer';
import { LessonReader } from './deliberation/lesson.reader';
import { ModelLedgerRepository } from './deliberation/model-ledger.repository';
import { ModelCaller } from './deliberation/model.caller';
import { MODEL_METRIC_PROVIDERS, ModelMetrics } from './deliberation/model.metrics';
import { ModelPlanner } from './deliberation/model.planner';
import { SearchPlanner } from './deliberation/search.planner';
import { StepProposer } from './deliberation/step.proposer';
import { PlannerService } from './planner.service';
import { PromptLibrary } from './prompts/prompt.library';
import { MODEL_PROVIDER, createModelProvider } from './providers/provider.factory';
import { QuestionRepository } from './question.repository';
import { ResolutionRepository } from './resolution.repository';
import { StepRepository } from './step.repository';
import { TreeRepository } from './tree.repository';

@Module({
  providers: [
    CalibrationMetrics,
    CalibrationRepository,
    CalibrationService,
    CalibrationSnapshot,
    ...CALIBRATION_METRIC_PROVIDERS,
    { provide: MODEL_PROVIDER, inject: [Config], useFactory: ({ env }: Config) => createModelProvider(env) },
    { provide: PromptLibrary, useFactory: () => PromptLibrary.load() },
    ModelLedgerRepository,
    ModelCaller,
    ModelMetrics,
    ...MODEL_METRIC_PROVIDERS,
    StepProposer,
    BeliefsComposer,
    ModelPlanner,
    SearchPlanner,
    LessonReader,
    PlannerService,
    TreeRepository,
    ResolutionRepository,
    QuestionRepository,
    StepRepository,
  ],
  exports: [
    CalibrationService,
    LessonReader,
    ModelPlanner,
    SearchPlanner,
    PlannerService,
    TreeRepository,
    ResolutionRepository,
    QuestionRepository,
    StepRepository,
  ],
})
export class PlannerModule {}
