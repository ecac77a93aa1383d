import { Type } from '@sinclair/typebox';
import {
  BELIEF_SOURCES,
  CalibrationVersionSchema,
  RecalibrateParamsSchema,
  SourceCalibrationSchema,
} from '../calibration';
import { ActionInputSchema, BeliefsSchema, PlannerParamsSchema, TreeSchema } from '../planner';
import { RUN_STATES } from '../run';
import { AnyObject, MAX_INTEGER, Uuid, closed, literals, nullable } from '../schema';
import { TraceSchema } from '../start-params';
import type { MethodRow } from './method.row';

const ScoreParams = {
  actions: Type.Optional(Type.Array(ActionInputSchema, { maxItems: 64 })),
  beliefs: Type.Optional(BeliefsSchema),
  trace: Type.Optional(TraceSchema),
  tree: Type.Optional(AnyObject),
  runId: Type.Optional(Uuid),
  step: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_INTEGER })),
  params: Type.Optional(PlannerParamsSchema),
};

/** Trees, what becomes known of their assumptions, and how good probabilities were. */
export const PLANNER_METHODS = {
  'assumption/resolve': {
    summary:
      'Say what is true of an assumption of a run: trees that still wait are scored again, what rested on it is voided',
    params: closed({ runId: Uuid, assumptionId: Type.String({ minLength: 1, maxLength: 128 }), truth: Type.Boolean() }),
    result: Type.Object({
      runId: Uuid,
      assumptionId: Type.String(),
      truth: Type.Boolean(),
      state: literals(RUN_STATES),
    }),
    scope: 'run:write',
    errors: ['not_found', 'conflict'],
  },
  'planner/calibration': {
    summary: 'How good the probabilities of each source were: Brier score, log loss, reliability bins, versions',
    params: closed({ source: Type.Optional(literals(BELIEF_SOURCES)) }),
    result: Type.Object({ items: Type.Array(SourceCalibrationSchema), cursor: nullable(Type.String()) }),
    scope: 'run:read',
    errors: [],
  },
  'planner/recalibrate': {
    summary: 'Fit a new version of the recalibration of a source (isotonic); runs use it only when they ask for it',
    params: RecalibrateParamsSchema,
    result: CalibrationVersionSchema,
    scope: 'tool:admin',
    errors: ['conflict'],
  },
  'tree/get': {
    summary: 'The stored tree of a step (default: the newest)',
    params: closed({ runId: Uuid, step: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_INTEGER })) }),
    result: TreeSchema,
    scope: 'run:read',
    errors: ['not_found'],
  },
  'tree/score': {
    summary: 'Score beliefs, a trace, a tree, or a stored tree with other parameters; stores nothing',
    params: closed(ScoreParams),
    result: TreeSchema,
    scope: 'run:read',
    errors: ['not_found'],
  },
} as const satisfies Record<string, MethodRow>;
