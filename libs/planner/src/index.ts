export { ModelCallEntity } from './deliberation/model-call.entity';
export { LessonReader } from './deliberation/lesson.reader';
export { ModelPlanner } from './deliberation/model.planner';
export { CalibrationEntity } from './calibration/calibration.entity';
export { CalibrationService } from './calibration/calibration.service';
export { type CalibrationMap } from './calibration/recalibrated';
export { dotOf } from './render/dot';
export { mermaidOf } from './render/mermaid';
export { composeFromTrace } from './lexical/lexical.composer';
export { PlannerModule } from './planner.module';
export { PlannerService } from './planner.service';
export type { Plan } from './plan';
export { scoreTree, type ScoreRequest } from './score-tree';
export { validatePlanInput } from './validate';
export { ResolutionEntity } from './resolution.entity';
export { TreeEntity } from './tree.entity';
export { QuestionEntity } from './question.entity';
export {
  QuestionRepository,
  cancelQuestions,
  inputRequest,
  insertQuestion,
  takeQuestion,
  type QuestionRecord,
} from './question.repository';
export { replan } from './replan';
export {
  ResolutionRepository,
  assumptionIn,
  insertResolutions,
  resolutionOf,
  type NewResolution,
  type UnspreadResolution,
} from './resolution.repository';
export { StepEntity } from './step.entity';
export { StepRepository, insertStep, stepActionOf } from './step.repository';
export { TreeRepository, insertTree, type StepAssumption } from './tree.repository';
export { proposalKey, proposalSummary, proposalText, readProposal } from './deliberation/proposal.text';
export { SearchPlanner, type Judged } from './deliberation/search.planner';
export type {
  BudgetWarning,
  KnownAssumption,
  PastStep,
  Proposal,
  StepPlan,
  StepRequest,
  ToolOffer,
  TraceDelta,
} from './deliberation/step-request';
