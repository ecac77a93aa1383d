export { LessonReader } from './deliberation/lesson.reader';
export { ModelPlanner } from './deliberation/model.planner';
export { CALIBRATIONS, MODEL_TURNS, RESOLUTIONS, TREES, QUESTIONS, STEPS } from './planner.tables';
export { CalibrationService } from './calibration/calibration.service';
export { type CalibrationMap } from './calibration/recalibrated';
export { dotOf } from './render/dot';
export { mermaidOf } from './render/mermaid';
export { PlannerModule } from './planner.module';
export { PlannerService } from './planner.service';
export { completeActions } from './params';
export { plan, type Plan } from './plan';
export { replan, storedPlan } from './replan';
export { addedFrame, treeFrames } from './tree.frames';
export { scoreTree, type ScoreRequest } from './score-tree';
export { validatePlanInput } from './validate';
export {
  QuestionRepository,
  cancelQuestions,
  inputRequest,
  insertQuestion,
  takeQuestion,
  type QuestionRecord,
} from './question.repository';
export type { Experience } from './learned/experience';
export { signatureOf } from './learned/signature';
export {
  RESOLVED,
  ResolutionRepository,
  assumptionIn,
  howOf,
  insertResolutions,
  resolutionKey,
  resolutionOf,
  type NewResolution,
  type PlannedRun,
  type StoredResolution,
  type UnspreadResolution,
} from './resolution.repository';
export type { OutcomeCut } from './kept-outcome';
export {
  READS_OUTCOME,
  StepRepository,
  insertStep,
  isReadsOutcome,
  stepActionOf,
  type ReadsOutcome,
  type StepRecord,
} from './step.repository';
export type { PastTurn, PlannedRead } from './deliberation/model.turn';
export { TurnRepository, insertTurn } from './deliberation/turn.repository';
export { TreeRepository, insertTree, treeOfStep, type StepAssumption } from './tree.repository';
export { proposalKey, proposalSummary, proposalText, readProposal } from './deliberation/proposal.text';
export { SearchPlanner, type Judged } from './deliberation/search.planner';
export type {
  DecisionPlan,
  DryTry,
  KnownAssumption,
  Opening,
  PastStep,
  Proposal,
  ReadsPlan,
  StepPlan,
  StepRequest,
  ToolOffer,
  TraceDelta,
} from './deliberation/step-request';

// For composers: the port, and the rule that decides whether two statements are the same.
export { TraceComposer, type Composed } from './trace.composer';
export { traceParts, type TracePart } from './trace';
export type { SourcedAssumption } from './merge';
export { canonical, type Statement } from './statement';
export { englishLead } from './language/detect';
export { ENGLISH_STATEMENTS, FRENCH_STATEMENTS, wholeWords } from './language/lexicon';
export type { CompiledHedge, StatementLexicon } from './language/lexicon';
export type { Hedge, StatementLanguage } from './language/language';
export { MODALS, readAs } from './language/sources';
export { contentTokens, tokenWeights } from './tokens';
export { clampProbability, poolProbabilities } from './numbers';
export { compareText } from './order';
