/** The planner's nouns: what a caller sends (planner-input), the tree that is made of it (planner-tree), and its reasons. */
export {
  ASKING_RULES,
  ActionInputSchema,
  AssumedSchema,
  BeliefsSchema,
  LEARNING_MODES,
  MAX_ACTIONS,
  MAX_ASSOCIATIONS,
  MAX_ASSUMPTIONS,
  MAX_DEPTH,
  MAX_GAIN_ROWS,
  MAX_GIVEN_ROWS,
  MAX_QUANTITY,
  MAX_WHEN_LITERALS,
  MIN_SCALE,
  PLANNER_MODES,
  PlannerParamsSchema,
  ResolutionHowSchema,
} from './planner-input';
export type {
  ActionInput,
  Association,
  AssumptionInput,
  Beliefs,
  GainRow,
  GivenRow,
  LearningMode,
  PlannerMode,
  PlannerParams,
  ResolutionHow,
} from './planner-input';
export { TreeSchema } from './planner-tree';
export type {
  Action,
  Assumption,
  Change,
  Diagnostics,
  Finish,
  RankedAction,
  ScoredPath,
  Tree,
  TreeLeaf,
  TreeNode,
  TreeParams,
} from './planner-tree';
export {
  GROUND_TEXT_MAX_CHARS,
  LearnedSchema,
  MAX_GROUNDS,
  MAX_LEARNED_RUNS,
  RationaleSchema,
} from './planner-rationale';
export type { Ground, GroundSource, Learned, Rationale, Source } from './planner-rationale';
