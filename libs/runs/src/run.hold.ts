import type { Authority, Phase, RunError, RunResult, RunState } from '@assent/contract';
import { Sql, sql } from '@assent/platform';

/** The part of a run that a phase may change. */
export interface RunPatch {
  readonly state: RunState;
  readonly phase: Phase;
  readonly step: number;
  readonly waitingFor?: 'approval' | 'input' | 'client_tool' | null;
  readonly recalled?: readonly string[];
  readonly result?: RunResult | null;
  readonly error?: RunError | null;
}

/** The holder of a run: writes are conditional on its fence, so a replica that lost the lease changes nothing. */
export interface Lease {
  readonly runId: string;
  readonly fence: number;
}

const NOW: Sql = sql`date_trunc('milliseconds', now())`;

/** Takes the run for a write by its lease holder. A run that leaves `running` gives the lease back. */
export function holdOwned(lease: Lease, patch: RunPatch, frames: number): Sql {
  const keeps = patch.state === 'running';
  const ends = patch.state === 'completed' || patch.state === 'failed' || patch.state === 'cancelled';
  return sql`update runs set state = ${patch.state}, phase = ${patch.phase}, step = ${patch.step}, seq = seq + ${frames},
    waiting_for = ${patch.waitingFor ?? null}, recalled = coalesce(${patch.recalled ?? null}::uuid[], recalled),
    result = ${patch.result ? JSON.stringify(patch.result) : null}, error = ${patch.error ? JSON.stringify(patch.error) : null},
    lease_owner = case when ${keeps} then lease_owner end, lease_until = case when ${keeps} then lease_until end,
    finished_at = case when ${ends} then ${NOW} end, updated_at = ${NOW}
    where id = ${lease.runId} and fence = ${lease.fence} and state = 'running'`;
}

/**
 * Takes the run that waits for what `from` has just settled (a part with a column run_id, from `RunChange.before`);
 * `claim` makes this replica go on at once, without it the run is queued.
 */
export function holdWaiting(
  from: string,
  claim: { owner: string; seconds: number } | null,
  phase: Phase,
  frames: number,
  /** Steps on: 1 when what was settled makes a new plan. */
  steps: 0 | 1 = 0,
): Sql {
  return sql`update runs set state = ${claim ? 'running' : 'queued'}, phase = ${phase}, step = runs.step + ${steps},
    seq = runs.seq + ${frames}, fence = runs.fence + 1, waiting_for = null, lease_owner = ${claim?.owner ?? null}::uuid,
    lease_until = now() + make_interval(secs => ${claim?.seconds ?? null}), updated_at = ${NOW}
    from ${new Sql([from], [])} where runs.id = run_id and runs.state = 'waiting'`;
}

/** Takes the run that waits for what `from` (a part with a column run_id) has just changed, for frames only: it goes on waiting. */
export function holdStill(from: string, frames: number): Sql {
  return sql`update runs set seq = runs.seq + ${frames}, updated_at = ${NOW}
    from ${new Sql([from], [])} where runs.id = run_id and runs.state = 'waiting'`;
}

/** Takes a run for frames that tell of it and change neither its state nor who works on it. */
export function holdTold(tenantId: string, runId: string, states: readonly RunState[], frames: number): Sql {
  return sql`update runs set seq = runs.seq + ${frames}, updated_at = ${NOW}
    where id = ${runId} and tenant_id = ${tenantId} and state = any(${states}::text[])`;
}

/**
 * Ends a run that has not ended; the fence rises, so whoever works on it can write nothing more. For RunCommits.afterOthers,
 * which waits for an effect that is being applied right now: once this has committed, none can start.
 */
export function holdCancelled(tenantId: string, runId: string, frames: number): Sql {
  return sql`update runs set state = 'cancelled', seq = seq + ${frames}, fence = fence + 1, waiting_for = null,
    lease_owner = null, lease_until = null, finished_at = ${NOW}, updated_at = ${NOW}
    where id = ${runId} and tenant_id = ${tenantId} and state in ('queued', 'running', 'waiting')`;
}

/** Writes the verdict of an ended run, once. */
export function holdVerdict(tenantId: string, runId: string, outcome: string, frames: number): Sql {
  return sql`update runs set outcome = ${outcome}, seq = seq + ${frames}, updated_at = ${NOW}
    where id = ${runId} and tenant_id = ${tenantId} and state in ('completed', 'failed', 'cancelled') and outcome is null`;
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
  readonly goal: string;
  readonly clientTraceId: string | null;
  readonly traceparent: string | null;
  readonly requestId: string;
  readonly authority: Authority;
  readonly modelPlanned: boolean;
  /** The `start` params as JSON text. */
  readonly paramsJson: string;
}

/** Makes a run; with `claim` this replica works on it at once, without it the run waits in the queue. */
export function holdNew(run: NewRun, claim: { owner: string; seconds: number } | null, frames: number): Sql {
  return sql`insert into runs (id, tenant_id, requester, state, phase, step, fence, seq, lease_owner, lease_until, workspace,
      goal, model_planned, client_trace_id, traceparent, request_id, authority, params, recalled, created_at, updated_at)
    select ${run.id}, ${run.tenantId}, ${run.requester}, ${claim ? 'running' : 'queued'}, 'plan', 1, ${claim ? 1 : 0}, ${frames},
      ${claim?.owner ?? null}, now() + make_interval(secs => ${claim?.seconds ?? null}), ${run.workspace}, ${run.goal},
      ${run.modelPlanned}, ${run.clientTraceId}, ${run.traceparent}, ${run.requestId}, ${JSON.stringify(run.authority)}, ${run.paramsJson}, '{}', ${NOW}, ${NOW}`;
}
