import { Type } from '@sinclair/typebox';
import { FRAME_TYPES, FrameSchema } from '../frame';
import { OUTCOMES, RUN_STATES, RunSchema } from '../run';
import { Cursor, MAX_INTEGER, PageLimit, Uuid, closed, literals, nullable, page } from '../schema';
import { StartParamsSchema } from '../start-params';
import type { MethodRow } from './method.row';

/** Longest wait of a `stream` long-poll; below the idle timeout of common proxies (60 s). */
export const STREAM_WAIT_MAX_MS = 30_000;
export const STREAM_PAGE_MAX = 1_000;

const RunId = closed({ runId: Uuid });

/** The verbs of a run, and reads of runs. */
export const RUN_METHODS = {
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
} as const satisfies Record<string, MethodRow>;
