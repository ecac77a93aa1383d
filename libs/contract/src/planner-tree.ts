import { Type, type Static } from '@sinclair/typebox';
import {
  ACTION_KINDS,
  ASKING_RULES,
  AssociationSchema,
  AssumedSchema,
  GainRowSchema,
  GivenRowSchema,
  MAX_DEPTH,
  PLANNER_MODES,
  PRUNINGS,
  RANKINGS,
  RESOLUTION_HOWS,
} from './planner-input';
import { LearnedSchema, RationaleSchema, SourceSchema } from './planner-rationale';
import { AnyObject, ContentHash, closed, literals, nullable } from './schema';

/** What a model says when it finishes a run. */
export const FinishSchema = closed({
  reached: nullable(Type.Boolean({ description: 'Whether the goal is reached; null: it did not say' })),
  remaining: Type.Optional(Type.String({ description: 'What is left to do' })),
  reason: Type.Optional(literals(['no_action'], 'It answered in words and called no function, twice')),
});
export type Finish = Static<typeof FinishSchema>;

/** What a dry run of a call would change. */
export const ChangeSchema = closed(
  {
    files: Type.Array(
      closed({ path: Type.String(), kind: Type.String(), added: Type.Integer(), removed: Type.Integer() }),
      { description: 'The first 16' },
    ),
    filesTotal: Type.Integer({ description: '0: an effect outside of the workspace, or nothing' }),
  },
  { description: 'What a dry run of the call would change; absent: it was not run dry' },
);
export type Change = Static<typeof ChangeSchema>;

/** An action as the tree records it: every default filled in. */
export const ActionSchema = closed({
  id: Type.String(),
  kind: literals(ACTION_KINDS),
  label: Type.String(),
  tool: Type.Optional(Type.String()),
  args: Type.Optional(AnyObject),
  question: Type.Optional(Type.String()),
  options: Type.Optional(Type.Array(Type.String(), { description: 'Answers that a question of a model offers' })),
  assumptionIds: Type.Optional(
    Type.Array(Type.String(), {
      description: 'Of a question of a model: true if the answer is yes, false if it is no',
    }),
  ),
  change: Type.Optional(ChangeSchema),
  effort: Type.Number({ minimum: 0, description: '0 unless `tool`' }),
  messageLength: Type.Number({ minimum: 0, description: 'Characters; 0 unless `ask`' }),
  baseCost: Type.Number({ minimum: 0, description: '0 for `noop`' }),
  irreversible: Type.Boolean(),
  key: Type.Optional(Type.String({ description: 'As the caller gave it' })),
  learned: Type.Optional(nullable(LearnedSchema)),
  finish: Type.Optional(FinishSchema),
  explore: Type.Optional(
    closed(
      {
        n: Type.Number({ description: 'Outcomes of this action in the family of the goal; older ones count for less' }),
        total: Type.Number({ description: 'Outcomes of all actions in the family' }),
        bonus: Type.Number({ description: 'Added to its gain, and so to U' }),
      },
      { description: 'Exploration, with `params.explore`' },
    ),
  ),
});
export type Action = Static<typeof ActionSchema>;

export const AssumptionSchema = closed({
  id: Type.String(),
  key: Type.String({ description: 'Canonical statement: lower case, without hedges and negation' }),
  negated: Type.Boolean({ description: 'True: the assumption holds where the key does not' }),
  text: Type.String(),
  entities: Type.Array(Type.String(), { description: 'Names in the text: files, ids, numbers' }),
  excludes: Type.Array(Type.String(), { description: 'Ids of assumptions that cannot be true together with this one' }),
  p: Type.Number({
    exclusiveMinimum: 0,
    exclusiveMaximum: 1,
    description: 'As stated: the marginal where `given` is empty, else the probability in the cases that no row names',
  }),
  marginal: Type.Optional(
    Type.Number({ minimum: 0, maximum: 1, description: 'Probability in the joint distribution, before any fact' }),
  ),
  posterior: Type.Optional(
    Type.Number({ minimum: 0, maximum: 1, description: 'Probability after the facts, 0 or 1 where they settle it' }),
  ),
  given: Type.Array(GivenRowSchema),
  resolved: nullable(Type.Boolean({ description: 'The truth, once known; it takes no split then' })),
  how: Type.Optional(literals(RESOLUTION_HOWS, 'How `resolved` came about; absent: `observed`')),
  sources: Type.Array(SourceSchema),
  evidence: Type.Array(Type.String(), { description: 'Why `p` is what it is, in words' }),
  learned: Type.Optional(nullable(LearnedSchema)),
});
export type Assumption = Static<typeof AssumptionSchema>;

export const PathStepSchema = closed({ assumptionId: Type.String(), value: Type.Boolean() });

const PathSchema = Type.Array(PathStepSchema, {
  maxItems: MAX_DEPTH,
  description: 'From the root; [] for a tree of one leaf',
});

const score = {
  L: Type.Number({ description: 'Likelihood of the path; the leaves sum to 1' }),
  G: Type.Number({ description: 'Gain of the action there, 0 to 1; the expectation over what the path leaves open' }),
  C: Type.Number({ description: 'Cost of the action' }),
  U: Type.Number({ description: 'L * G - lambda * C' }),
};

export const TreeNodeSchema = Type.Recursive(
  (Node) =>
    Type.Union([
      closed({
        kind: Type.Literal('internal'),
        id: Type.String(),
        assumptionId: Type.String(),
        pTrue: Type.Number({ description: 'Probability of the assumption given the path' }),
        splitScore: Type.Number({ description: 'Value of knowing the assumption at this point, in U' }),
        decisive: Type.Optional(
          Type.Boolean({
            description: 'Knowing the assumption at this point changes the choice; absent in older trees',
          }),
        ),
        yes: Node,
        no: Node,
      }),
      closed({
        kind: Type.Literal('leaf'),
        id: Type.String(),
        path: PathSchema,
        actionId: Type.String(),
        ...score,
        group: Type.Optional(
          Type.String({ description: 'Leaves split for display only share the id of the scored leaf; absent: itself' }),
        ),
      }),
    ]),
  { $id: 'TreeNode' },
);
export type TreeNode = Static<typeof TreeNodeSchema>;
export type TreeLeaf = Extract<TreeNode, { kind: 'leaf' }>;

/** One leaf with its score: the body of a `path.scored` frame. */
export const ScoredPathSchema = closed({ leafId: Type.String(), path: PathSchema, actionId: Type.String(), ...score });
export type ScoredPath = Static<typeof ScoredPathSchema>;

export const RankedActionSchema = closed({
  actionId: Type.String(),
  U: Type.Number(),
  C: Type.Number(),
  leafId: Type.Optional(Type.String({ description: "`paper` only: the action's best leaf" })),
});
export type RankedAction = Static<typeof RankedActionSchema>;

export const TreeParamsSchema = closed({
  mode: literals(PLANNER_MODES),
  depth: Type.Integer({ minimum: 1, maximum: MAX_DEPTH }),
  alpha: Type.Number(),
  beta: Type.Number(),
  lambda: Type.Number(),
  effortScale: Type.Number(),
  messageScale: Type.Number(),
  ranking: literals(RANKINGS),
  asking: Type.Optional(literals(ASKING_RULES, 'Absent: `evsi`')),
  prune: Type.Optional(literals(PRUNINGS, 'Absent: `display`')),
  explore: Type.Optional(Type.Number({ minimum: 0, maximum: 1, description: 'Absent: 0' })),
  learning: Type.Optional(
    literals(
      ['apply', 'show'],
      'What was done with `learned`: part of p and gains (`apply`), or shown only; absent: nothing was learned',
    ),
  ),
});
export type TreeParams = Static<typeof TreeParamsSchema>;

const QuestionValueSchema = closed({
  actionId: Type.String({ description: 'The `ask`' }),
  assumptionIds: Type.Array(Type.String(), { description: 'What its answer settles' }),
  evsi: Type.Number({ description: 'Expected value of the answer, in U; 0 <= evsi <= evpi' }),
});

const SensitivitySchema = closed({
  assumptionId: Type.String(),
  lower: Type.String({ description: 'Action chosen if its probability were 0.1 lower' }),
  higher: Type.String({ description: 'Action chosen if its probability were 0.1 higher' }),
  flips: Type.Boolean({ description: 'One of the two is another action than the chosen one' }),
});

const CheckSchema = closed({
  assumptionId: Type.String(),
  value: Type.Number({ description: 'Expected value of knowing it, in U' }),
  actionId: nullable(Type.String({ description: 'The cheapest `ask` that settles it' })),
  cost: nullable(Type.Number({ description: 'lambda * C of that ask; null without one' })),
});

export const DiagnosticsSchema = closed({
  leaves: Type.Integer({ description: 'Leaves that were scored; those split for display count once' }),
  depth: Type.Integer({ description: 'Longest path that was scored' }),
  rawSum: Type.Number({ description: 'Sum of the path likelihoods before they were normalised' }),
  rawSumOff: Type.Boolean({ description: '|rawSum - 1| > 0.05' }),
  allNegative: Type.Boolean({ description: 'The chosen action is the least bad: no U reaches 0' }),
  clampedGains: Type.Integer({ description: 'Gains that were outside [0, 1]' }),
  evpi: nullable(Type.Number({ description: 'Value of knowing everything, in U; null above 4,096 possible worlds' })),
  questions: Type.Array(QuestionValueSchema),
  sensitivity: Type.Array(SensitivitySchema),
  check: nullable(CheckSchema),
});
export type Diagnostics = Static<typeof DiagnosticsSchema>;

/** A scored decision tree with all it was made from: it can be scored again without anything else. */
export const TreeSchema = closed({
  id: Type.String(),
  version: Type.Integer({ description: 'Version of the arithmetic' }),
  inputHash: ContentHash,
  goal: Type.String(),
  params: TreeParamsSchema,
  actions: Type.Array(ActionSchema),
  assumptions: Type.Array(AssumptionSchema),
  associations: Type.Array(AssociationSchema),
  gains: nullable(Type.Array(GainRowSchema)),
  assumed: Type.Optional(AssumedSchema),
  root: TreeNodeSchema,
  rankings: closed({
    paper: Type.Array(RankedActionSchema),
    aggregate: Type.Array(RankedActionSchema),
    expected: Type.Array(RankedActionSchema),
  }),
  mode: literals(PLANNER_MODES),
  chosen: closed({
    actionId: Type.String(),
    mode: literals(PLANNER_MODES),
    U: Type.Number(),
    margin: nullable(Type.Number({ description: 'U above the runner-up; null if nothing else was ranked' })),
    leafId: nullable(Type.String({ description: 'The path that speaks most for the choice; null if none does' })),
    path: PathSchema,
  }),
  modesAgree: Type.Boolean({ description: 'All three rankings have the same first action' }),
  rationale: Type.Optional(nullable(RationaleSchema)),
  diagnostics: DiagnosticsSchema,
});
export type Tree = Static<typeof TreeSchema>;
