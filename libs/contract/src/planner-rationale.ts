import { Type, type Static } from '@sinclair/typebox';
import { closed, literals, nullable } from './schema';

/** Grounds listed on each side of a choice. */
export const MAX_GROUNDS = 16;
/** Longest text of a ground, in characters. */
export const GROUND_TEXT_MAX_CHARS = 200;
/** Runs named in `learned`, newest first. */
export const MAX_LEARNED_RUNS = 10;

const TraceSpanSchema = closed({
  traceId: Type.String({ description: '`t1` for the first trace string, `t2` for the second, ...' }),
  span: Type.Tuple([Type.Integer(), Type.Integer()], {
    description: 'Start and end (exclusive) in that string, in UTF-16 code units',
  }),
});

export const SourceSchema = Type.Union([TraceSpanSchema, literals(['caller', 'composer'])]);
export type Source = Static<typeof SourceSchema>;

/** Where a ground and its probability come from. `learned`: earlier runs moved the probability. */
export const GroundSourceSchema = Type.Union([TraceSpanSchema, literals(['caller', 'model', 'learned'])]);
export type GroundSource = Static<typeof GroundSourceSchema>;

/** What earlier runs say about an assumption (`p`: it is true) or an action (`p`: it succeeds). */
export const LearnedSchema = closed({
  p: Type.Number({ description: 'Learned probability' }),
  n: Type.Number({ description: 'Observations behind it; older ones count for less' }),
  interval: Type.Tuple([Type.Number(), Type.Number()], { description: 'Credible interval of `p`: lower, upper' }),
  stated: Type.Number({ description: 'Probability before the observations counted' }),
  runs: Type.Array(Type.String(), {
    maxItems: MAX_LEARNED_RUNS,
    description: 'Runs it was learned from, newest first',
  }),
});
export type Learned = Static<typeof LearnedSchema>;

/** One assumption that speaks for or against the chosen action. */
export const GroundSchema = closed({
  assumptionId: Type.String(),
  text: Type.String({ maxLength: GROUND_TEXT_MAX_CHARS, description: 'As the writer wrote it' }),
  value: Type.Boolean({ description: 'The truth value that speaks for this side' }),
  p: Type.Number({ description: 'Probability of that value now, after facts' }),
  resolved: nullable(Type.Boolean({ description: 'The truth of the assumption, once known' })),
  decisive: Type.Boolean({ description: 'Another action would be chosen if it had the other truth value' }),
  weight: Type.Number({
    description: 'U(chosen) - U(best other) where the value holds, minus the same where it does not',
  }),
  flipsAt: nullable(
    closed(
      { p: Type.Number(), actionId: Type.String() },
      { description: 'Probability that the assumption is true at which this other action would be chosen' },
    ),
  ),
  sources: Type.Array(GroundSourceSchema),
  learned: nullable(LearnedSchema),
});
export type Ground = Static<typeof GroundSchema>;

/** Why an action was chosen, in words and figures. */
export const RationaleSchema = closed({
  sentence: Type.String({ description: 'The choice and what it rests on, in plain language' }),
  actionId: Type.String({ description: 'The chosen action' }),
  alternative: nullable(Type.String({ description: 'The best other action; null if nothing else was ranked' })),
  for: Type.Array(GroundSchema, { maxItems: MAX_GROUNDS, description: 'Heaviest first' }),
  against: Type.Array(GroundSchema, { maxItems: MAX_GROUNDS, description: 'Heaviest first' }),
});
export type Rationale = Static<typeof RationaleSchema>;
