import {
  TERMINAL_STATES,
  isTerminal,
  type Authority,
  type Phase,
  type RunError,
  type RunResult,
  type RunState,
} from '@assent/contract';
import { cte, sql, type LockedRun, type Reference, type Sql } from '@assent/platform';
import { RUNS, type RunOrigin, type RunRow } from './runs.tables';

/** The part of a run that a phase may change. */
export interface RunPatch {
  readonly state: RunState;
  readonly phase: Phase;
  readonly step: number;
  readonly waitingFor?: RunRow['waitingFor'];
  readonly recalled?: readonly string[];
  readonly result?: RunResult | null;
  readonly error?: RunError | null;
  /** True: a model plans the run from now on. */
  readonly modelPlanned?: boolean;
  /** The run may not have made progress: the record of failed attempts is kept. */
  readonly keepsTrouble?: true;
}

/**
 * The right to write to a run: writes are conditional on its fence, so a replica that lost the lease changes nothing.
 */
export interface Lease {
  readonly runId: string;
  readonly fence: number;
}

const NOW: Sql = sql`date_trunc('milliseconds', now())`;

/** Assignments for a run that made progress. */
const NO_TROUBLE: Sql = sql`attempts = 0, takeovers = 0, trouble = null, troubled_at = null`;
const SAME_TROUBLE: Sql = sql`takeovers = 0`;

/**
 * Locks the row of a run that waits. Every change that ends a wait begins with this part: answers, decisions, expiry,
 * refutations and cancels lock in the same order, so that they queue instead of deadlocking.
 */
export function lockWaitingRun(runId: string): LockedRun {
  return cte('lock_runs', sql`select id from runs where id = ${runId} and state = 'waiting' for update`).withRows<{
    readonly id: string;
  }>();
}

/** A write by the lease holder, under its fence. A run that leaves `running` releases its lease. */
export function updateOwnedRun(lease: Lease, patch: RunPatch, frames: number): Sql {
  const keeps = patch.state === 'running';
  const ends = isTerminal(patch.state);
  return sql`update runs set state = ${patch.state}, phase = ${patch.phase}, step = ${patch.step}, seq = seq + ${frames},
    waiting_for = ${patch.waitingFor ?? null}, recalled = coalesce(${patch.recalled ?? null}::uuid[], recalled),
    model_planned = model_planned or ${patch.modelPlanned ?? false},
    result = ${patch.result ? JSON.stringify(patch.result) : null}, error = ${patch.error ? JSON.stringify(patch.error) : null},
    lease_owner = case when ${keeps} then lease_owner end, lease_until = case when ${keeps} then lease_until end,
    finished_at = case when ${ends} then ${NOW} end, updated_at = ${NOW}, ${patch.keepsTrouble ? SAME_TROUBLE : NO_TROUBLE}
    where id = ${lease.runId} and fence = ${lease.fence} and state = 'running'`;
}

/** Why a run was postponed. */
export interface Trouble {
  readonly error: RunError;
  /** Number of further failed attempts. */
  readonly attempts: number;
  /** Time until the next attempt, by any replica. */
  readonly pauseSeconds: number;
}

/** Releases the lease of a run that made no progress. The run cannot be claimed before the pause ends. */
export function postponeRun(lease: Lease, { error, attempts, pauseSeconds }: Trouble, frames: number): Sql {
  return sql`update runs set seq = seq + ${frames}, attempts = attempts + ${attempts}, takeovers = 0, trouble = ${JSON.stringify(error)},
    troubled_at = coalesce(troubled_at, ${NOW}), lease_owner = null, lease_until = now() + make_interval(secs => ${pauseSeconds}),
    updated_at = ${NOW} where id = ${lease.runId} and fence = ${lease.fence} and state = 'running'`;
}

/** Queues a run whose tenant is paused; it is claimed once the tenant is resumed. The record of failed attempts is kept. */
export function parkRun(lease: Lease, frames: number): Sql {
  return sql`update runs set state = 'queued', waiting_for = 'pause', seq = seq + ${frames}, lease_owner = null, lease_until = null,
    updated_at = ${NOW} where id = ${lease.runId} and fence = ${lease.fence} and state = 'running'`;
}

/** A part of `RunChange.before` whose `run_id` names the waiting run. */
type EndedWait = Reference<string, { readonly run_id: string }>;

/** Resumes a run after its wait. With a `claim` this replica continues it at once; without one the run is queued. */
export function resumeRun(
  from: EndedWait,
  claim: { owner: string; seconds: number } | null,
  phase: Phase,
  frames: number,
  /** 1: the run continues with the plan of its next step. */
  steps: 0 | 1 = 0,
): Sql {
  return sql`update runs set state = ${claim ? 'running' : 'queued'}, phase = ${phase}, step = runs.step + ${steps},
    seq = runs.seq + ${frames}, fence = runs.fence + 1, waiting_for = null, lease_owner = ${claim?.owner ?? null}::uuid,
    lease_until = now() + make_interval(secs => ${claim?.seconds ?? null}), updated_at = ${NOW}
    from ${from} where runs.id = run_id and runs.state = 'waiting'`;
}

/** Adds frames to the run that waits for the row that `from` changed. The run keeps waiting. */
export function appendFramesWhileWaiting(from: EndedWait, frames: number): Sql {
  return sql`update runs set seq = runs.seq + ${frames}, updated_at = ${NOW}
    from ${from} where runs.id = run_id and runs.state = 'waiting'`;
}

/** Adds frames; neither the state nor the lease of the run changes. */
export function appendFramesOnly(tenantId: string, runId: string, states: readonly RunState[], frames: number): Sql {
  return sql`update runs set seq = runs.seq + ${frames}, updated_at = ${NOW}
    where id = ${runId} and tenant_id = ${tenantId} and state = any(${states}::text[])`;
}

/**
 * Cancels a run that has not ended. The fence rises, so its executor can no longer write. MUST be used with
 * RunCommits.commitSerialized, which waits for an effect in progress: no effect can begin after this commit.
 */
export function cancelRun(tenantId: string, runId: string, frames: number): Sql {
  return sql`update runs set state = 'cancelled', seq = seq + ${frames}, fence = fence + 1, waiting_for = null,
    lease_owner = null, lease_until = null, finished_at = ${NOW}, updated_at = ${NOW}, ${NO_TROUBLE}
    where id = ${runId} and tenant_id = ${tenantId} and state in ('queued', 'running', 'waiting')`;
}

/** Records the outcome of an ended run, once. */
export function recordOutcome(tenantId: string, runId: string, outcome: string, frames: number): Sql {
  return sql`update runs set outcome = ${outcome}, seq = seq + ${frames}, updated_at = ${NOW}
    where id = ${runId} and tenant_id = ${tenantId} and state = any(${TERMINAL_STATES}) and outcome is null`;
}

/** Key of the advisory lock of a run's effects. */
export function runLock(runId: string): Sql {
  return sql`hashtextextended(${runId}, 0)`;
}

export interface NewRun {
  readonly id: string;
  readonly tenantId: string;
  readonly requester: string;
  readonly workspace: string;
  /** The applied diff that it undoes. */
  readonly reverts: string | null;
  readonly goal: string;
  readonly clientTraceId: string | null;
  readonly traceparent: string | null;
  readonly requestId: string;
  readonly authority: Authority;
  /** People who issued the requester's credential. */
  readonly issuers: readonly string[];
  readonly modelPlanned: boolean;
  readonly origin: RunOrigin;
  /** `pause`: the tenant is paused. */
  readonly waitingFor: 'pause' | null;
  /** The `start` params as JSON text. */
  readonly paramsJson: string;
}

/** Inserts a run. With a claim this replica executes it; without one it is queued. */
export function insertRun(run: NewRun, claim: { owner: string; seconds: number } | null, frames: number): Sql {
  const { paramsJson, ...given } = run;
  return RUNS.insert({
    ...given,
    state: claim ? 'running' : 'queued',
    phase: 'plan',
    step: 1,
    fence: claim ? 1 : 0,
    seq: frames,
    leaseOwner: claim?.owner ?? null,
    leaseUntil: sql`now() + make_interval(secs => ${claim?.seconds ?? null})`,
    params: sql`${paramsJson}`,
    recalled: [],
    createdAt: NOW,
    updatedAt: NOW,
  });
}
