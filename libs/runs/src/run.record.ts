import { sql, type Sql } from '@assent/platform';
import type {
  Authority,
  Outcome,
  Phase,
  Run,
  RunError,
  RunResult,
  RunState,
  ServerRequest,
  StartParams,
} from '@assent/contract';

/** The part of a run that every commit gives back: who it is and where it stands. */
export interface RunHead {
  readonly id: string;
  readonly tenantId: string;
  readonly requester: string;
  readonly state: RunState;
  readonly phase: Phase;
  /** Starts at 1. */
  readonly step: number;
  /** Grows with every claim; a write with an older fence changes nothing. */
  readonly fence: number;
  /** seq of the newest frame. */
  readonly seq: number;
  readonly workspace: string;
  /** A model plans its steps, one after the other; otherwise the plan came with `start`. */
  readonly modelPlanned: boolean;
  readonly clientTraceId: string | null;
  /** W3C trace context that the run belongs to; in every frame of it. */
  readonly traceparent: string | null;
  /** The HTTP request that started it; on every log line of the run. */
  readonly requestId: string;
  /** What whoever started it could do then; null: started by a version that did not store it. */
  readonly authority: Authority | null;
  readonly updatedAt: Date;
}

/** A run as it is stored. */
export interface RunRecord extends RunHead {
  readonly waitingFor: Run['waitingFor'];
  readonly goal: string;
  readonly params: StartParams;
  /** Fragments that were recalled into the plan. */
  readonly recalled: readonly string[];
  readonly result: RunResult | null;
  readonly error: RunError | null;
  readonly outcome: Outcome | null;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
}

/** The columns of a `RunHead`, for `select` and `returning` lists over `runs`. */
export const HEAD_COLUMNS: Sql = sql`
  runs.id, runs.tenant_id as "tenantId", runs.requester, runs.state, runs.phase, runs.step, runs.fence, runs.seq,
  runs.workspace, runs.model_planned as "modelPlanned", runs.client_trace_id as "clientTraceId", runs.traceparent, runs.request_id as "requestId", runs.authority, runs.updated_at as "updatedAt"`;

/** The columns of a `RunRecord`. */
export const RUN_COLUMNS: Sql = sql`${HEAD_COLUMNS},
  runs.waiting_for as "waitingFor", runs.goal, runs.params, runs.recalled, runs.result, runs.error, runs.outcome,
  runs.created_at as "createdAt", runs.finished_at as "finishedAt"`;

export function streamPath(runId: string): string {
  return `/runs/${runId}/frames`;
}

/** The wire form of a run. */
export function toWireRun(run: RunRecord, pending: readonly ServerRequest[]): Run {
  return {
    runId: run.id,
    state: run.state,
    phase: run.phase,
    step: run.step,
    goal: run.goal,
    workspace: run.workspace,
    requester: run.requester,
    clientTraceId: run.clientTraceId,
    waitingFor: run.waitingFor,
    stream: streamPath(run.id),
    cursor: run.seq,
    result: run.result,
    error: run.error,
    outcome: run.outcome,
    createdAt: run.createdAt.toISOString(),
    updatedAt: run.updatedAt.toISOString(),
    finishedAt: run.finishedAt?.toISOString() ?? null,
    pending: [...pending],
  };
}
