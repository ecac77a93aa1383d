import { Type, type TInteger } from '@sinclair/typebox';
import { FRAME_TYPES, FrameSchema } from '../frame';
import { ResolutionHowSchema } from '../planner';
import { OUTCOMES, RUN_STATES, RunSchema, WAITING_FOR, type RunState } from '../run';
import { Cursor, PageLimit, Timestamp, Uuid, boundedInteger, closed, literals, nullable, page } from '../schema';
import { StartParamsSchema } from '../start-params';
import { FILE_CHANGE, STORY } from '../story';
import type { MethodRow } from './method.row';

/** Longest wait of a `stream` long-poll; below the idle timeout of common proxies (60 s). */
export const STREAM_WAIT_MAX_MS = 30_000;
export const STREAM_PAGE_MAX = 1_000;

const Name = Type.String({ maxLength: 128 });
const Time = Type.String({ format: 'date-time' });
const FILTERS = {
  state: Type.Optional(literals(RUN_STATES)),
  requester: Type.Optional(Name),
  workspace: Type.Optional(Name),
  outcome: Type.Optional(literals(OUTCOMES)),
  waitingFor: Type.Optional(literals(WAITING_FOR)),
  from: Type.Optional({ ...Time, description: 'Started at this time or later' }),
  to: Type.Optional({ ...Time, description: 'Started before this time' }),
};
/** Written out, as those of approvals. */
const CountsByState = Type.Object({
  queued: Type.Integer(),
  running: Type.Integer(),
  waiting: Type.Integer(),
  completed: Type.Integer(),
  failed: Type.Integer(),
  cancelled: Type.Integer(),
} satisfies Readonly<Record<RunState, TInteger>>);

const RunId = closed({ runId: Uuid });
const StartedRunSchema = Type.Object({
  runId: Uuid,
  state: literals(RUN_STATES),
  stream: Type.String(),
  cursor: Type.Integer(),
});

const stream = `/runs/${STORY.runId}/frames`;
const run = {
  runId: STORY.runId,
  state: 'waiting',
  phase: 'approve',
  step: 1,
  goal: STORY.goal,
  workspace: 'example',
  requester: 'developer',
  reverts: null,
  clientTraceId: null,
  waitingFor: 'approval',
  stream,
  cursor: 28,
  result: null,
  error: null,
  retrying: null,
  outcome: null,
  createdAt: STORY.startedAt,
  updatedAt: STORY.askedAt,
  finishedAt: null,
  pending: [
    {
      jsonrpc: '2.0',
      id: STORY.requestId,
      method: 'approval/request',
      params: {
        approvalId: STORY.approvalId,
        diffId: STORY.diffId,
        hash: STORY.hash,
        tool: 'file.write',
        expiresAt: STORY.expiresAt,
        files: [FILE_CHANGE],
      },
    },
  ],
};
const filters = {
  state: 'waiting',
  requester: 'developer',
  workspace: 'example',
  outcome: 'success',
  waitingFor: 'approval',
  from: STORY.startedAt,
  to: STORY.expiresAt,
};
const frame = {
  runId: STORY.runId,
  seq: 1,
  at: STORY.startedAt,
  type: 'run.started',
  step: 1,
  clientTraceId: null,
  goal: STORY.goal,
  workspace: 'example',
  requester: 'developer',
};

/** The verbs of a run, and reads of runs. */
export const RUN_METHODS = {
  start: {
    summary: 'Start a run: stored before the answer, planned and acted on at once',
    params: StartParamsSchema,
    result: StartedRunSchema,
    scope: 'run:write',
    errors: ['idempotency_mismatch', 'overloaded', 'draining'],
  },
  stream: {
    summary: 'Frames after a cursor; waits for new ones; answers as SSE when asked by Accept',
    params: closed({
      runId: Uuid,
      after: Type.Optional(boundedInteger()),
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
    rest: {
      verb: 'GET',
      path: '/runs/{id}/frames',
      id: 'runId',
      operationId: 'FrameController_frames',
      summary: 'Frames as SSE: replay after Last-Event-ID or ?after=, then live. Bearer key or ?ticket=',
      without: ['after', 'types', 'limit', 'waitMs'],
      byTicket: true,
      produces: ['text/event-stream', 'application/json'],
      example: {
        params: { runId: STORY.runId, after: 0, types: 'run.completed,run.failed', ticket: STORY.ticket },
        result: `id: 1\nevent: run.started\ndata: ${JSON.stringify(frame)}\n\n`,
      },
    },
    example: {
      params: { runId: STORY.runId, after: 0, types: ['run.started'], limit: 200, waitMs: 0 },
      result: { frames: [frame], cursor: 1, tail: 28, done: false },
    },
  },
  'stream/ticket': {
    summary:
      'A one-use pass, valid 60 s, for an EventSource that cannot send headers: body {runId} or {stream: "approvals"}',
    params: closed({
      runId: Type.Optional(Type.String({ description: 'Opens the frames of this run' })),
      stream: Type.Optional(Type.String({ description: 'approvals: opens the inbox; send it instead of runId' })),
    }),
    result: Type.Object({ ticket: Type.String(), url: Type.String(), expiresAt: Timestamp }),
    scope: 'run:read',
    errors: ['not_found', 'forbidden'],
    rest: {
      verb: 'POST',
      path: '/stream-tickets',
      operationId: 'FrameController_ticket',
      tag: 'runs',
      status: 201,
      openBody: true,
    },
    example: {
      params: { runId: STORY.runId },
      result: {
        ticket: STORY.ticket,
        url: `${stream}?ticket=${STORY.ticket}`,
        expiresAt: '2026-03-02T08:42:07.379Z',
      },
    },
  },
  complete: {
    summary: 'Close a finished run with a verdict; resolves assumptions; feeds memory',
    params: closed({
      runId: Uuid,
      outcome: literals(OUTCOMES),
      score: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
      note: Type.Optional(Type.String({ maxLength: 4_000 })),
      resolved: Type.Optional(
        Type.Array(closed({ assumptionId: Type.String(), truth: Type.Boolean(), how: ResolutionHowSchema }), {
          maxItems: 64,
        }),
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
  'run/get': {
    summary: 'One run',
    params: RunId,
    result: RunSchema,
    scope: 'run:read',
    errors: ['not_found'],
    rest: {
      verb: 'GET',
      path: '/runs/{id}',
      id: 'runId',
      operationId: 'RunController_get',
      summary: 'One run with its pending requests',
    },
    example: { params: { runId: STORY.runId }, result: run },
  },
  'run/list': {
    summary: 'Runs, newest first',
    params: closed({
      ...FILTERS,
      q: Type.Optional(
        Type.String({
          minLength: 1,
          maxLength: 200,
          description: 'Text in the goal; upper and lower case are the same',
        }),
      ),
      pendingParams: Type.Optional(
        Type.Boolean({ description: 'true: pending requests with their params; default: `params` is empty' }),
      ),
      cursor: Type.Optional(Cursor),
      limit: Type.Optional(PageLimit),
    }),
    result: page(RunSchema),
    scope: 'run:read',
    errors: [],
    rest: { verb: 'GET', path: '/runs', operationId: 'RunController_list' },
    example: {
      params: { ...filters, q: 'payments', pendingParams: true, cursor: STORY.runId, limit: 20 },
      result: { items: [run], cursor: null },
    },
  },
  'run/count': {
    summary: 'How many runs there are, by state',
    params: closed(FILTERS),
    result: Type.Object({ total: Type.Integer(), states: CountsByState }),
    scope: 'run:read',
    errors: [],
    rest: { verb: 'GET', path: '/runs/count', operationId: 'countRuns' },
    example: {
      params: filters,
      result: { total: 1, states: { queued: 0, running: 0, waiting: 1, completed: 0, failed: 0, cancelled: 0 } },
    },
  },
  'run/cancel': {
    summary: 'Cancel a run; idempotent; no new side effect starts after the answer',
    params: closed({ runId: Uuid, reason: Type.Optional(Type.String({ maxLength: 1_000 })) }),
    result: Type.Object({ runId: Uuid, state: literals(RUN_STATES) }),
    scope: 'run:write',
    errors: ['not_found'],
  },
  'diff/revert': {
    summary: 'Start a run that proposes the files as they were before an applied change; an open one answers again',
    params: closed({ diffId: Uuid }),
    result: StartedRunSchema,
    scope: 'run:write',
    errors: ['not_found', 'conflict', 'forbidden', 'overloaded', 'draining'],
    rest: {
      verb: 'POST',
      path: '/diffs/{id}/revert',
      id: 'diffId',
      operationId: 'revertDiff',
      tag: 'approvals',
      status: 201,
      optionalBody: true,
    },
    example: {
      params: { diffId: STORY.diffId },
      result: { runId: STORY.runId, state: 'running', stream, cursor: 0 },
    },
  },
} as const satisfies Record<string, MethodRow>;
