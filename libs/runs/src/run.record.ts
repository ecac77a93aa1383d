import { sql, type Sql } from '@assent/platform';
import { AssentError, type Retrying, type Run, type ServerRequest } from '@assent/contract';
import { IS_PAUSED } from './pause.sql';
import { RUNS, type RunRow } from './runs.tables';

const HEAD = [
  'id',
  'tenantId',
  'requester',
  'state',
  'phase',
  'step',
  'fence',
  'seq',
  'workspace',
  'reverts',
  'modelPlanned',
  'origin',
  'clientTraceId',
  'traceparent',
  'requestId',
  'authority',
  'attempts',
  'takeovers',
  'updatedAt',
] as const;
const REST = [
  'waitingFor',
  'goal',
  'params',
  'recalled',
  'result',
  'error',
  'outcome',
  'trouble',
  'troubledAt',
  'createdAt',
  'finishedAt',
] as const;

/** The part of a run that every commit returns: identity and state. */
export type RunHead = Pick<RunRow, (typeof HEAD)[number]> & {
  /** Its tenant was paused when the row was read. */
  readonly isPaused: boolean;
};

/** A run as reads return it. */
export type RunRecord = RunHead &
  Pick<RunRow, (typeof REST)[number]> & {
    /** Time of the next attempt; null: an attempt is in progress, or no attempt has failed. */
    readonly retryAt: Date | null;
  };

/** The columns of a `RunHead`, for `select` and `returning` lists over `runs`. */
export const HEAD_COLUMNS: Sql = sql`${RUNS.list(HEAD)}, ${IS_PAUSED} as "isPaused"`;

/** The columns of a `RunRecord`. */
export const RUN_COLUMNS: Sql = sql`${HEAD_COLUMNS}, ${RUNS.list(REST)},
  case when runs.trouble is not null and runs.lease_owner is null then runs.lease_until end as "retryAt"`;

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
    reverts: run.reverts,
    clientTraceId: run.clientTraceId,
    waitingFor: run.waitingFor,
    stream: streamPath(run.id),
    cursor: run.seq,
    result: run.result,
    error: run.error,
    retrying: toRetrying(run),
    outcome: run.outcome,
    createdAt: run.createdAt.toISOString(),
    updatedAt: run.updatedAt.toISOString(),
    finishedAt: run.finishedAt?.toISOString() ?? null,
    pending: [...pending],
  };
}

function toRetrying({ trouble, troubledAt, attempts, retryAt }: RunRecord): Retrying | null {
  if (!trouble || !troubledAt) return null;
  return { ...trouble, attempts, since: troubledAt.toISOString(), nextAt: retryAt?.toISOString() ?? null };
}

export function runNotFound(runId: string): AssentError {
  return new AssentError('not_found', `There is no run ${runId}. List them with run/list or GET /runs.`);
}
