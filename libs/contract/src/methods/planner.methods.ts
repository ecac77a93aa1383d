import { Type } from '@sinclair/typebox';
import {
  BELIEF_SOURCES,
  CalibrationVersionSchema,
  RecalibrateParamsSchema,
  SourceCalibrationSchema,
} from '../calibration';
import {
  ActionInputSchema,
  AssumedSchema,
  BeliefsSchema,
  PlannerParamsSchema,
  ResolutionHowSchema,
  TreeSchema,
} from '../planner';
import { RUN_STATES } from '../run';
import { AnyObject, Uuid, boundedInteger, closed, literals, page } from '../schema';
import { TraceSchema } from '../start-params';
import { STORY } from '../story';
import type { MethodRow } from './method.row';

/** Forms in which REST answers a tree; the first where the client does not care. */
export const TREE_MEDIA_TYPES = [
  'application/json',
  'text/vnd.mermaid',
  'text/vnd.graphviz',
  // What Mermaid was sent as before it had a registered type, and what a terminal may ask for.
  'text/x-mermaid',
  'text/plain',
] as const;

const ScoreParams = {
  actions: Type.Optional(Type.Array(ActionInputSchema, { maxItems: 64 })),
  beliefs: Type.Optional(BeliefsSchema),
  trace: Type.Optional(TraceSchema),
  tree: Type.Optional(AnyObject),
  runId: Type.Optional(Uuid),
  step: Type.Optional(boundedInteger({ minimum: 1 })),
  params: Type.Optional(PlannerParamsSchema),
  assume: Type.Optional(AssumedSchema),
};

/** Trees, what becomes known of their assumptions, and how good probabilities were. */
export const PLANNER_METHODS = {
  'assumption/resolve': {
    summary:
      'Say what is true of an assumption of a run: trees that still wait are scored again, what rested on it is voided',
    params: closed({
      runId: Uuid,
      assumptionId: Type.String({ minLength: 1, maxLength: 128 }),
      truth: Type.Boolean(),
      how: ResolutionHowSchema,
    }),
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
    result: page(SourceCalibrationSchema),
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
    params: closed({ runId: Uuid, step: Type.Optional(boundedInteger({ minimum: 1 })) }),
    result: TreeSchema,
    scope: 'run:read',
    errors: ['not_found'],
    rest: {
      verb: 'GET',
      path: '/runs/{id}/tree',
      id: 'runId',
      operationId: 'RunController_tree',
      summary: 'The scored tree of a step: JSON, a Mermaid flowchart or Graphviz DOT, by Accept',
      produces: TREE_MEDIA_TYPES,
      // Shortened: a real tree has all its nodes, actions and rankings.
      example: {
        params: { runId: STORY.runId, step: 1 },
        result: {
          id: 'tree_0199c1a2-4c2d-7e32-9f60-7b8c9d0e1f0d',
          version: 2,
          goal: STORY.goal,
          mode: 'expected',
          chosen: {
            actionId: 'restore-timeout',
            mode: 'expected',
            U: 0.77,
            margin: 0.32,
            leafId: 'l0',
            path: [{ assumptionId: 'timeout-unit', value: true }],
          },
          modesAgree: true,
        },
      },
    },
  },
  'tree/score': {
    summary: 'Score beliefs, a trace, a tree, or a stored tree with other parameters; stores nothing',
    params: closed(ScoreParams),
    result: TreeSchema,
    scope: 'run:read',
    errors: ['not_found'],
  },
} as const satisfies Record<string, MethodRow>;
