import { Type, type Static } from '@sinclair/typebox';
import { closed, literals } from './schema';

/** Most associations one tree may rest on. More would be noise: a tree is at most 6 assumptions deep. */
export const MAX_ASSOCIATIONS = 64;
export const MAX_ASSUMPTIONS = 64;
export const MAX_ACTIONS = 64;
/** A complete table for 6 assumptions and 32 actions: 2^6 x 32 rows. */
export const MAX_GAIN_ROWS = 2_048;
/** Rows of one assumption's conditional table. */
export const MAX_GIVEN_ROWS = 64;
/** Literals in one `when`. */
export const MAX_WHEN_LITERALS = 16;
/** Deepest tree: 64 leaves, what a person can still read. */
export const MAX_DEPTH = 6;
/** Largest effort, message length, cost, weight or scale: far above any real one, low enough that no product overflows. */
export const MAX_QUANTITY = 1e9;

/** Smallest scale: divides the largest quantity without overflow. */
export const MIN_SCALE = 1e-9;

const ID_MAX_CHARS = 128;
const TEXT_MAX_CHARS = 2_000;

export const PLANNER_MODES = ['paper', 'aggregate', 'expected'] as const;
export type PlannerMode = (typeof PLANNER_MODES)[number];

export const RANKINGS = ['value', 'caller'] as const;

/** `decision`: only splits that may change the choice. `display`: further ones for people, which change no score. */
export const PRUNINGS = ['display', 'decision'] as const;

/** What a tree does with what earlier runs have learned: uses it, shows it beside what was stated, or neither. */
export const LEARNING_MODES = ['apply', 'show', 'off'] as const;
export type LearningMode = (typeof LEARNING_MODES)[number];

/** `evsi`: an ask has U = EVSI - lambda * C. `net`: the U of acting after it, max EU + EVSI - lambda * C. */
export const ASKING_RULES = ['evsi', 'net'] as const;

/**
 * `observed`: it was found to be so, which says something of its causes. `set`: it was brought about from outside, which
 * says nothing of them.
 */
export const RESOLUTION_HOWS = ['observed', 'set'] as const;
export type ResolutionHow = (typeof RESOLUTION_HOWS)[number];
export const ResolutionHowSchema = Type.Optional(
  literals(RESOLUTION_HOWS, 'How it came to be so: found (default) or brought about from outside'),
);

export const ACTION_KINDS = ['tool', 'ask', 'finish', 'noop'] as const;

const Id = (description: string) =>
  Type.String({ minLength: 1, maxLength: ID_MAX_CHARS, pattern: '^[\\x21-\\x7e]+$', description });
const Quantity = (description: string) => Type.Number({ minimum: 0, maximum: MAX_QUANTITY, description });
const Scale = (description: string) => Type.Number({ minimum: MIN_SCALE, maximum: MAX_QUANTITY, description });
const Probability = (description: string) => Type.Number({ exclusiveMinimum: 0, exclusiveMaximum: 1, description });
const When = (description: string) =>
  Type.Record(Type.String({ minLength: 1, maxLength: ID_MAX_CHARS }), Type.Boolean(), {
    maxProperties: MAX_WHEN_LITERALS,
    description,
  });

/** For `tree/score`: what if these assumptions had these probabilities? */
export const AssumedSchema = Type.Record(
  Type.String({ minLength: 1, maxLength: ID_MAX_CHARS }),
  Probability('Exclusive'),
  {
    maxProperties: MAX_ASSUMPTIONS,
    description:
      'Assumption id to the probability it is assumed to have, with `runId` or `tree`; open assumptions only',
  },
);

export const ActionInputSchema = closed({
  id: Id('Unique among the actions'),
  kind: literals(ACTION_KINDS, '`tool` needs `tool`; `ask` needs `question`'),
  label: Type.Optional(
    Type.String({ maxLength: TEXT_MAX_CHARS, description: 'For people; made from the rest if absent' }),
  ),
  tool: Type.Optional(Type.String({ minLength: 1, maxLength: ID_MAX_CHARS, description: 'Name of a registered tool' })),
  args: Type.Optional(Type.Record(Type.String(), Type.Unknown(), { description: 'Arguments of the tool; default {}' })),
  question: Type.Optional(
    Type.String({ minLength: 1, maxLength: TEXT_MAX_CHARS, description: 'What the person is asked, kind `ask`' }),
  ),
  effort: Type.Optional(
    Quantity(
      'In minutes, or the unit of `effortScale`; counted for tools; default by effect: read 1, write 5, external 10; 10 more if `irreversible`',
    ),
  ),
  messageLength: Type.Optional(Quantity('Characters; counted for asks; default: length of the question')),
  baseCost: Type.Optional(Quantity('Added to the cost as it is; default 0')),
  irreversible: Type.Optional(Type.Boolean({ description: 'Loses a tie against a reversible action; default false' })),
  key: Type.Optional(
    Id('What makes it the same action in other runs, for what memory learns; default: its tool and arguments'),
  ),
});
export type ActionInput = Static<typeof ActionInputSchema>;

export const GivenRowSchema = closed({
  when: When('Assumption id to truth value; all must hold'),
  p: Probability('Probability of this assumption where `when` holds'),
});
export type GivenRow = Static<typeof GivenRowSchema>;

export const AssumptionInputSchema = closed({
  id: Id('Unique among the assumptions'),
  text: Type.String({ minLength: 1, maxLength: TEXT_MAX_CHARS, description: 'One statement that is true or false' }),
  p: Probability('Probability that it is true; clamped to [0.001, 0.999]'),
  excludes: Type.Optional(
    Type.Array(Id('Assumption id'), {
      maxItems: MAX_ASSUMPTIONS,
      description: 'Cannot be true together with this one',
    }),
  ),
  given: Type.Optional(
    Type.Array(GivenRowSchema, {
      maxItems: MAX_GIVEN_ROWS,
      description: 'Conditional table; the most specific matching row replaces `p`',
    }),
  ),
});
export type AssumptionInput = Static<typeof AssumptionInputSchema>;

export const AssociationSchema = closed({
  assumptionId: Id('Assumption id'),
  value: Type.Boolean({ description: 'The truth value under which the action is the right one' }),
  actionId: Id('Action id; for an `ask`: the question settles this assumption'),
});
export type Association = Static<typeof AssociationSchema>;

export const GainRowSchema = closed({
  actionId: Id('Action id'),
  when: When('Assumption id to truth value; all must hold. {} holds always'),
  gain: Type.Number({ description: 'Progress towards the goal, 0 to 1; clamped with a warning' }),
});
export type GainRow = Static<typeof GainRowSchema>;

export const BeliefsSchema = closed({
  assumptions: Type.Array(AssumptionInputSchema, { maxItems: MAX_ASSUMPTIONS }),
  associations: Type.Optional(Type.Array(AssociationSchema, { maxItems: MAX_ASSOCIATIONS })),
  gains: Type.Optional(
    Type.Array(GainRowSchema, {
      maxItems: MAX_GAIN_ROWS,
      description: 'The most specific matching row of an action wins; no row: 0',
    }),
  ),
});
export type Beliefs = Static<typeof BeliefsSchema>;

export const PlannerParamsSchema = closed({
  mode: Type.Optional(literals(PLANNER_MODES, 'Default: `expected` with a gain table, else `aggregate`')),
  depth: Type.Optional(
    Type.Integer({ minimum: 1, maximum: MAX_DEPTH, default: 3, description: 'Assumptions on a path' }),
  ),
  alpha: Type.Optional(Quantity('Weight of effort; default 1')),
  beta: Type.Optional(Quantity('Weight of message length; default 1')),
  lambda: Type.Optional(Quantity('Weight of cost against gain; default 1')),
  effortScale: Type.Optional(Scale('Effort that costs 1; default 60')),
  messageScale: Type.Optional(Scale('Message length that costs 1; default 600')),
  asking: Type.Optional(
    literals(
      ASKING_RULES,
      'What an ask is worth: acting after it (`net`, the default), so that it is asked when its answer is worth more than it costs; or its answer alone (`evsi`)',
    ),
  ),
  explore: Type.Optional(
    Type.Number({
      minimum: 0,
      maximum: 1,
      description:
        'Adds explore * sqrt(ln(1 + N) / (1 + n)) to U of an action: n outcomes of it and N of all in the family of the goal; default 0',
    }),
  ),
  prune: Type.Optional(
    literals(
      PRUNINGS,
      'Splits that are shown: also those that change no score, down to `depth` (`display`, the default), or only those that may change the choice (`decision`)',
    ),
  ),
  ranking: Type.Optional(
    literals(RANKINGS, 'Order of the splits: by value of knowing (default), or as `assumptions` are listed'),
  ),
});
export type PlannerParams = Static<typeof PlannerParamsSchema>;
