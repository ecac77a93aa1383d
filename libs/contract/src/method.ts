import { Type, type Static, type TSchema } from '@sinclair/typebox';
import { APPROVAL_STATES, ApprovalSchema, DecideParamsSchema, DiffSchema } from './approval';
import {
  BELIEF_SOURCES,
  CalibrationVersionSchema,
  RecalibrateParamsSchema,
  SourceCalibrationSchema,
} from './calibration';
import type { ErrorReason } from './errors';
import { FRAME_TYPES, FrameSchema } from './frame';
import { RankedFragmentSchema } from './memory';
import { ActionInputSchema, BeliefsSchema, PlannerParamsSchema, TreeSchema } from './planner';
import type { Scope } from './principal';
import { OUTCOMES, RUN_STATES, RunSchema } from './run';
import { AnyObject, Cursor, MAX_INTEGER, PageLimit, Timestamp, Uuid, closed, literals, nullable, page } from './schema';
import { GOAL_MAX_CHARS, NarrowingSchema, StartParamsSchema, TraceSchema } from './start-params';
import { BREAKER_STATES } from './tool';

/** Longest wait of a `stream` long-poll; below the idle timeout of common proxies (60 s). */
export const STREAM_WAIT_MAX_MS = 30_000;
export const STREAM_PAGE_MAX = 1_000;

const ToolEffect = literals(['read', 'write', 'external']);
const ToolVerdict = literals(['allow', 'ask', 'deny']);
const ToolBreaker = literals(BREAKER_STATES, 'open: not called for a while; half_open: the next call finds out');
const ToolPolicy = Type.Object({
  version: Type.Integer({ description: '0: no policy yet' }),
  rules: Type.Array(AnyObject),
  maxCalls: nullable(Type.Integer()),
  actor: nullable(Type.String()),
  updatedAt: nullable(Timestamp),
});

const RunId = closed({ runId: Uuid });
const ScoreParams = {
  actions: Type.Optional(Type.Array(ActionInputSchema, { maxItems: 64 })),
  beliefs: Type.Optional(BeliefsSchema),
  trace: Type.Optional(TraceSchema),
  tree: Type.Optional(AnyObject),
  runId: Type.Optional(Uuid),
  step: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_INTEGER })),
  params: Type.Optional(PlannerParamsSchema),
};

export interface MethodRow {
  readonly summary: string;
  readonly params: TSchema;
  readonly result: TSchema;
  /** null: any caller with valid credentials. */
  readonly scope: Scope | null;
  /** What it may answer beside the envelope errors. */
  readonly errors: readonly ErrorReason[];
}

/** The one table of methods: handlers, validation, the OpenRPC document, the client's types and docs come from it. */
export const METHODS = {
  start: {
    summary: 'Start a run: stored before the answer, planned and acted on at once',
    params: StartParamsSchema,
    result: Type.Object({ runId: Uuid, state: literals(RUN_STATES), stream: Type.String(), cursor: Type.Integer() }),
    scope: 'run:write',
    errors: ['idempotency_mismatch', 'overloaded', 'draining'],
  },
  stream: {
    summary: 'Frames after a cursor; waits for new ones; answers as SSE when asked by Accept',
    params: closed({
      runId: Uuid,
      after: Type.Optional(Type.Integer({ minimum: 0, maximum: MAX_INTEGER })),
      types: Type.Optional(Type.Array(literals(FRAME_TYPES), { maxItems: 64 })),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: STREAM_PAGE_MAX, default: 200 })),
      waitMs: Type.Optional(Type.Integer({ minimum: 0, maximum: STREAM_WAIT_MAX_MS, default: 0 })),
    }),
    result: Type.Object({
      frames: Type.Array(FrameSchema),
      cursor: Type.Integer({ description: 'Pass as `after` next time' }),
      tail: Type.Integer({ description: 'seq of the newest frame of the run' }),
      done: Type.Boolean({ description: 'The run has ended and everything was delivered' }),
    }),
    scope: 'run:read',
    errors: ['not_found', 'gone'],
  },
  complete: {
    summary: 'Close a finished run with a verdict; resolves assumptions; feeds memory',
    params: closed({
      runId: Uuid,
      outcome: literals(OUTCOMES),
      score: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
      note: Type.Optional(Type.String({ maxLength: 4_000 })),
      resolved: Type.Optional(
        Type.Array(closed({ assumptionId: Type.String(), truth: Type.Boolean() }), { maxItems: 64 }),
      ),
    }),
    result: Type.Object({
      runId: Uuid,
      state: literals(RUN_STATES),
      outcome: literals(OUTCOMES),
      memory: nullable(Type.Object({ fragmentId: Uuid, status: Type.String() })),
    }),
    scope: 'run:write',
    errors: ['not_found', 'conflict'],
  },
  'run/get': { summary: 'One run', params: RunId, result: RunSchema, scope: 'run:read', errors: ['not_found'] },
  'run/list': {
    summary: 'Runs, newest first',
    params: closed({
      state: Type.Optional(literals(RUN_STATES)),
      cursor: Type.Optional(Cursor),
      limit: Type.Optional(PageLimit),
    }),
    result: page(RunSchema),
    scope: 'run:read',
    errors: [],
  },
  'run/cancel': {
    summary: 'Cancel a run; idempotent; no new side effect starts after the answer',
    params: closed({ runId: Uuid, reason: Type.Optional(Type.String({ maxLength: 1_000 })) }),
    result: Type.Object({ runId: Uuid, state: literals(RUN_STATES) }),
    scope: 'run:write',
    errors: ['not_found'],
  },
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
  'tool/list': {
    summary: 'Tools with their input schema, effect and the verdict of the policy for this caller',
    params: closed({}),
    result: Type.Object({
      items: Type.Array(
        Type.Object({
          name: Type.String(),
          description: Type.String(),
          effect: ToolEffect,
          effort: Type.Number(),
          inputSchema: AnyObject,
          verdict: ToolVerdict,
          rule: Type.String(),
          breaker: ToolBreaker,
        }),
      ),
      cursor: nullable(Type.String()),
    }),
    scope: 'run:read',
    errors: [],
  },
  'tool/check': {
    summary: 'What would happen with a call, and which rule says so; runs nothing',
    params: closed({
      tool: Type.String({ minLength: 1, maxLength: 128 }),
      args: AnyObject,
      workspace: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: 'Default: the first' })),
      policy: Type.Optional(NarrowingSchema),
      tainted: Type.Optional(Type.Boolean({ description: 'As if the arguments came from outside; default false' })),
    }),
    result: Type.Object({
      verdict: ToolVerdict,
      rule: Type.String(),
      reason: Type.String(),
      effect: nullable(ToolEffect),
      problems: Type.Array(Type.Object({ pointer: Type.String(), message: Type.String() })),
      breaker: nullable(ToolBreaker),
    }),
    scope: 'run:read',
    errors: [],
  },
  'tool/policy/get': {
    summary: "The tenant's own tool policy, which makes the server's stricter",
    params: closed({}),
    result: ToolPolicy,
    scope: 'tool:admin',
    errors: [],
  },
  'tool/policy/set': {
    summary: "Put the tenant's tool policy in the place of the version that was read",
    params: closed({
      version: Type.Integer({ minimum: 0, maximum: MAX_INTEGER, description: 'As read; 0: none yet' }),
      rules: Type.Array(AnyObject, { maxItems: 500 }),
      maxCalls: Type.Optional(nullable(Type.Integer({ minimum: 0, maximum: 1_000_000 }))),
    }),
    result: ToolPolicy,
    scope: 'tool:admin',
    errors: ['conflict'],
  },
  'diff/get': {
    summary: 'A stored diff with its files, patch, hash, state and lineage',
    params: closed({ diffId: Uuid }),
    result: DiffSchema,
    scope: 'run:read',
    errors: ['not_found'],
  },
  'approval/list': {
    summary: 'Approvals, oldest first',
    params: closed({
      state: Type.Optional(literals(APPROVAL_STATES)),
      runId: Type.Optional(Uuid),
      tool: Type.Optional(Type.String({ maxLength: 128 })),
      cursor: Type.Optional(Cursor),
      limit: Type.Optional(PageLimit),
    }),
    result: page(ApprovalSchema),
    scope: 'approval:read',
    errors: [],
  },
  'approval/get': {
    summary: 'One approval',
    params: closed({ approvalId: Uuid }),
    result: ApprovalSchema,
    scope: 'approval:read',
    errors: ['not_found'],
  },
  'approval/decide': {
    summary: 'Approve or reject exactly the content with this hash; the first decision wins',
    params: DecideParamsSchema,
    result: ApprovalSchema,
    scope: 'approval:decide',
    errors: ['not_found', 'forbidden', 'conflict', 'precondition_failed', 'gone'],
  },
  'memory/search': {
    summary: 'Fragments that match a query, best first, with provenance and credit',
    params: closed({
      query: Type.String({ minLength: 1, maxLength: GOAL_MAX_CHARS }),
      limit: Type.Optional(PageLimit),
    }),
    result: Type.Object({ items: Type.Array(RankedFragmentSchema), cursor: nullable(Type.String()) }),
    scope: 'memory:read',
    errors: [],
  },
  'rpc.discover': {
    summary: 'The OpenRPC document of this server',
    params: closed({}),
    result: AnyObject,
    scope: null,
    errors: [],
  },
} as const satisfies Record<string, MethodRow>;

export type MethodName = keyof typeof METHODS;
export type MethodParams<M extends MethodName> = Static<(typeof METHODS)[M]['params']>;
export type MethodResult<M extends MethodName> = Static<(typeof METHODS)[M]['result']>;

/** Methods that start something new: refused while this replica drains. */
export const STARTING_METHODS: ReadonlySet<string> = new Set<MethodName>(['start']);
