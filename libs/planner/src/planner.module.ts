import { Module } from '@nestjs/common';
import { ModelsModule } from '@assent/models';
import { CALIBRATION_METRIC_PROVIDERS, CalibrationMetrics } from './calibration/calibration.metrics';
import { CalibrationRepository } from './calibration/calibration.repository';
import { CalibrationService } from './calibration/calibration.service';
import { CalibrationSnapshot } from './calibration/calibration.snapshot';
import { BeliefsComposer } from './deliberation/beliefs.composer';
import { DecidedComposer } from './deliberation/decided.composer';
import { LessonReader } from './deliberation/lesson.reader';
import { ModelPlanner } from './deliberation/model.planner';
import { SearchPlanner } from './deliberation/search.planner';
import { StepProposer } from './deliberation/step.proposer';
import { PlannerService } from './planner.service';
import { QuestionRepository } from './question.repository';
import { ResolutionRepository } from './resolution.repository';
import { StepRepository } from './step.repository';
import { TurnRepository } from './deliberation/turn.repository';
import { TreeRepository } from './tree.repository';

@Module({
  imports: [ModelsModule],
  providers: [
    CalibrationMetrics,
    CalibrationRepository,
    CalibrationService,
    CalibrationSnapshot,
    ...CALIBRATION_METRIC_PROVIDERS,
    StepProposer,
    BeliefsComposer,
    DecidedComposer,
    ModelPlanner,
    SearchPlanner,
    LessonReader,
    PlannerService,
    TreeRepository,
    ResolutionRepository,
    QuestionRepository,
    StepRepository,
    TurnRepository,
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
    TurnRepository,
  ],
})
export class PlannerModule {}
