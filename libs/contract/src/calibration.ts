import { Type, type Static } from '@sinclair/typebox';
import { Timestamp, boundedInteger, closed, literals, nullable } from './schema';

/** Where the probabilities of a tree came from: the caller's beliefs, the offline composer, or a model. */
export const BELIEF_SOURCES = ['caller', 'lexical', 'model'] as const;
export type BeliefSource = (typeof BELIEF_SOURCES)[number];

/** Resolved assumptions that a recalibration needs at least: fewer would fit noise. */
export const MIN_CALIBRATION_SAMPLES = 50;

const ReliabilityBinSchema = Type.Object({
  from: Type.Number({ description: 'Lowest probability of the bin, inclusive' }),
  to: Type.Number({ description: 'Highest, exclusive; the last bin takes 1 too' }),
  count: Type.Integer(),
  meanP: nullable(Type.Number({ description: 'Mean probability that was given; null for an empty bin' })),
  rate: nullable(Type.Number({ description: 'Share that turned out true; null for an empty bin' })),
});

/** One version of a recalibration: a monotone map from the probability given to the one to be used. */
export const CalibrationVersionSchema = Type.Object({
  version: Type.Integer({ description: 'Starts at 1, per source' }),
  samples: Type.Integer(),
  points: Type.Array(Type.Object({ p: Type.Number(), calibrated: Type.Number() }), {
    description: 'By rising p; between two points the map is linear, outside it is constant',
  }),
  createdAt: Timestamp,
  actor: Type.String(),
});
export type CalibrationVersion = Static<typeof CalibrationVersionSchema>;

export const SourceCalibrationSchema = Type.Object({
  source: literals(BELIEF_SOURCES),
  count: Type.Integer({ description: 'Assumptions of this tenant whose truth is known' }),
  brier: nullable(
    Type.Number({ description: 'Mean of (p - truth)^2; 0 is perfect, 0.25 is a coin; null without any' }),
  ),
  logLoss: nullable(Type.Number({ description: 'Mean of -ln of the probability given to the truth, in nats' })),
  bins: Type.Array(ReliabilityBinSchema),
  versions: Type.Array(CalibrationVersionSchema, { description: 'Newest first' }),
});
export type SourceCalibration = Static<typeof SourceCalibrationSchema>;

/** A run may opt in to a recalibration: the newest one of each source, or one version. */
export const CalibrationChoiceSchema = Type.Union([Type.Literal('latest'), boundedInteger({ minimum: 1 })], {
  description: 'Use recalibrated probabilities: the newest version of the source, or this one. Default: none',
});

export const RecalibrateParamsSchema = closed({ source: literals(BELIEF_SOURCES) });
