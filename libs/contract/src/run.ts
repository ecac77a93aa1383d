import { Type, type Static } from '@sinclair/typebox';
import { AnyObject, Timestamp, Uuid, literals, nullable } from './schema';

export const RUN_STATES = ['queued', 'running', 'waiting', 'completed', 'failed', 'cancelled'] as const;
export type RunState = (typeof RUN_STATES)[number];
export const TERMINAL_STATES: readonly RunState[] = ['completed', 'failed', 'cancelled'];

export function isTerminal(state: RunState): boolean {
  return TERMINAL_STATES.includes(state);
}

/** The phases of one step, in order. The run row names the phase that is to be done next. */
export const PHASES = ['plan', 'act', 'approve', 'apply', 'observe'] as const;
export type Phase = (typeof PHASES)[number];

export const WAITING_FOR = ['approval', 'input', 'client_tool', 'pause'] as const;

export const OUTCOMES = ['success', 'failure', 'abandoned'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** A request of the server to the client: answered by POSTing a JSON-RPC response with this id to /rpc. */
export const ServerRequestSchema = Type.Object({
  jsonrpc: Type.Literal('2.0'),
  id: Type.String({ description: 'req_<uuid>, unguessable' }),
  method: literals(['approval/request', 'input/request', 'tool/call']),
  params: AnyObject,
});
export type ServerRequest = Static<typeof ServerRequestSchema>;

/** How an effect outside went that was carried out, by what came back. */
export const EffectOutcomeSchema = Type.Object({
  ok: Type.Boolean({ description: 'false: it was carried out, and what came back says that it failed' }),
  tool: Type.String(),
  status: Type.Optional(Type.Integer({ description: 'Of the HTTP response' })),
  exitCode: Type.Optional(Type.Integer({ description: 'Of the program; 128 + n after signal n' })),
  isError: Type.Optional(Type.Boolean({ description: 'As the MCP server says it' })),
  message: Type.String(),
});
export type EffectOutcome = Static<typeof EffectOutcomeSchema>;

/**
 * How a run ended. `applied`: the approved change is on disk, or the approved effect was carried out. `rejected`: a person said no.
 * `output`: a read tool answered. `unchanged`: the chosen write would have changed nothing. `finished`: the planner chose to stop.
 */
export const RunResultSchema = Type.Object({
  kind: literals(['applied', 'rejected', 'output', 'unchanged', 'finished']),
  actionId: Type.String(),
  diffId: Type.Optional(Uuid),
  output: Type.Optional(Type.Unknown()),
  summary: Type.Optional(Type.String({ description: 'What a model says of the run it has finished' })),
  reached: Type.Optional(
    nullable(
      Type.Boolean({
        description:
          'Whether the goal is reached, as the model says; false after a rejection, null where nobody said; absent in results of earlier versions',
      }),
    ),
  ),
  remaining: Type.Optional(Type.String({ description: 'What a model says is left to do' })),
  reason: Type.Optional(literals(['no_action'], 'The model answered in words and called no function, twice')),
  effect: Type.Optional(EffectOutcomeSchema),
});
export type RunResult = Static<typeof RunResultSchema>;

export const PLAN_STEP_STATES = ['planned', 'current', 'done', 'dropped'] as const;

/** A change that a model means to make. */
export const PlanStepSchema = Type.Object({
  id: Type.String(),
  tool: Type.String(),
  summary: Type.String(),
  state: literals(PLAN_STEP_STATES, '`dropped`: it was not made, and may be called again'),
  callId: nullable(Type.String({ description: 'Of the call that the step has become; null: it was not called yet' })),
});
export type PlanStep = Static<typeof PlanStepSchema>;

export const RunErrorSchema = Type.Object({ reason: Type.String(), message: Type.String() });
export type RunError = Static<typeof RunErrorSchema>;

/** Where a run is now. It is not stored: a client that was away reads the list of runs. */
export const RunHintSchema = Type.Object({
  topic: literals(['run']),
  runId: Uuid,
  state: literals(RUN_STATES),
  step: Type.Integer(),
  waitingFor: nullable(literals(WAITING_FOR)),
  at: Timestamp,
});
export type RunHint = Static<typeof RunHintSchema>;

export const RetryingSchema = Type.Object(
  {
    reason: Type.String(),
    message: Type.String(),
    attempts: Type.Integer({ description: 'Attempts that failed since the run last got further' }),
    since: Timestamp,
    nextAt: nullable(Timestamp),
  },
  { description: 'Why the phase of a running run is attempted again, and when; nextAt null: it is being attempted' },
);
export type Retrying = Static<typeof RetryingSchema>;

export const RunSchema = Type.Object({
  runId: Uuid,
  state: literals(RUN_STATES),
  phase: literals(PHASES),
  step: Type.Integer({ description: 'Starts at 1' }),
  goal: Type.String(),
  workspace: Type.String(),
  requester: Type.String({ description: 'Subject of the principal that started it' }),
  reverts: nullable(Type.String({ format: 'uuid', description: 'The applied diff that the run undoes' })),
  clientTraceId: nullable(Type.String()),
  waitingFor: nullable(literals(WAITING_FOR)),
  stream: Type.String({ description: 'Path of the SSE stream' }),
  cursor: Type.Integer({ description: 'seq of the newest frame' }),
  result: nullable(RunResultSchema),
  error: nullable(RunErrorSchema),
  retrying: nullable(RetryingSchema),
  outcome: nullable(literals(OUTCOMES)),
  createdAt: Timestamp,
  updatedAt: Timestamp,
  finishedAt: nullable(Timestamp),
  pending: Type.Array(ServerRequestSchema, { description: 'Requests still waiting for an answer' }),
});
export type Run = Static<typeof RunSchema>;
