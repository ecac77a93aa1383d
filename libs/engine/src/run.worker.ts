import { setTimeout as pause } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { toAssentError, type StartParams } from '@assent/contract';
import { LOG, activeTraceparent, isTransient, traceIdOf, traced, type Log } from '@assent/platform';
import { RunRepository, type RunHead } from '@assent/runs';
import { wasNotAttempted } from '@assent/tools';
import { MissedResolutions } from './interrupts/missed.resolutions';
import { RETRY_PAUSES_MS, RunFailures } from './run.failures';
import { Postponed } from './step/phase';
import { StepExecutor, type Execution } from './step.executor';

/**
 * Pause and maximum number of retries while only this process knows that an effect returned or has not begun: an hour
 * or more. Any other replica would have to report an unknown outcome.
 */
const KEPT_PAUSE_MS = 10_000;
const KEPT_RETRIES = 360;

/** Executes one run until it waits, ends, or is owned by another replica. */
@Injectable()
export class RunWorker {
  constructor(
    private readonly steps: StepExecutor,
    private readonly runs: RunRepository,
    private readonly missed: MissedResolutions,
    private readonly failures: RunFailures,
    @Inject(LOG) private readonly log: Log,
  ) {}

  /** Never rejects: a failure that cannot be recorded is logged, and the sweep claims the run again when its lease expires. */
  work(run: RunHead, params: StartParams | null, signal: AbortSignal): Promise<void> {
    const { id, traceparent, fence } = run;
    // The trace of the run continues on every replica that executes it. The call that resumed the run is linked.
    const options = {
      parent: traceparent,
      link: activeTraceparent(),
      attributes: { 'assent.run_id': id, 'assent.fence': fence, 'assent.phase': run.phase },
    };
    return traced('run', options, () => this.execute(run, params, signal));
  }

  private async execute(run: RunHead, params: StartParams | null, signal: AbortSignal): Promise<void> {
    const { id: runId, requestId, clientTraceId, traceparent } = run;
    const log = this.log.child({ requestId, runId, clientTraceId, ...traceIdOf(traceparent) });
    if (await this.failures.endTakeovers(run, log)) return;
    let execution = this.steps.open(run, params, { signal, log });
    let failures = 0;
    let failedHere = 0;
    for (;;) {
      let from = execution.run.seq;
      try {
        if (failures > 0) {
          // The commit may have succeeded although its response was lost; only the table knows the state of the run.
          const head = await this.runs.findHead(run.tenantId, run.id);
          if (head?.fence !== run.fence) return;
          if (head.state === 'waiting') {
            const { carry, run: before } = execution;
            await this.missed.apply(head, carry.plannedSince ?? before.updatedAt, log);
          }
          if (head.state !== 'running') return;
          const kept = head.seq === execution.run.seq ? inNoTable(execution) : {};
          execution = { ...this.steps.open(head, params, { signal, log }), ...kept };
          from = head.seq;
        }
        await this.drive(execution);
        return;
      } catch (thrown) {
        if (signal.aborted || toAssentError(thrown).details['leaseLost'] === true) {
          this.failures.lost(execution.run, log);
          return;
        }
        if (thrown instanceof Postponed) {
          await this.failures.postpone(
            execution.run,
            { thrown: thrown.cause, attempts: 1, writes: thrown.writes },
            log,
          );
          return;
        }
        // An effect that has begun is never given up: it may be half done, and only another attempt can finish it. An approved
        // change that the database refuses to record is not given up either: the approval stays valid until it can be recorded.
        const isKept = isBeingApplied(execution) || (execution.run.phase === 'apply' && execution.isCommitting);
        if (!isTransient(thrown) && !wasNotAttempted(thrown) && !isKept) {
          await this.failures.giveUp(execution.run, thrown, log);
          return;
        }
        if (!isTransient(thrown)) execution.uncommitted = null;
        // Attempts count from the last commit.
        failedHere = execution.run.seq === from ? failedHere + 1 : 1;
        const pauseMs = pauseAfter(failures, execution);
        if (pauseMs === null) {
          log.error({ err: thrown, phase: execution.run.phase }, 'all retries failed');
          await this.failures.postpone(execution.run, { thrown, attempts: failedHere }, log);
          return;
        }
        log.warn({ err: thrown, pauseMs, phase: execution.run.phase }, 'retrying from the last commit');
        // An abort ends the pause; the next attempt notices it.
        await pause(pauseMs, undefined, { signal }).catch(() => undefined);
        failures += 1;
      }
    }
  }

  private async drive(execution: Execution): Promise<void> {
    while (execution.run.state === 'running') {
      // The change after an effect that returned is committed first.
      if (execution.run.isPaused && !execution.uncommitted) await this.steps.park(execution);
      else await this.advance(execution);
    }
    const { run, carry, session } = execution;
    if (run.state === 'waiting' && carry.plannedSince) await this.missed.apply(run, carry.plannedSince, session.log);
  }

  private async advance(execution: Execution): Promise<void> {
    try {
      await this.steps.advance(execution);
    } catch (thrown) {
      if (toAssentError(thrown).details['paused'] !== true) throw thrown;
      execution.run = { ...execution.run, isPaused: true };
    }
  }
}

/** Pause before the next retry; null: postpone the run. A run that was postponed before gets one attempt each time. */
function pauseAfter(failures: number, execution: Execution): number | null {
  const pauseMs = execution.run.attempts > 0 ? undefined : RETRY_PAUSES_MS[failures];
  const isKept = Object.keys(inNoTable(execution)).length > 0 && failures < KEPT_RETRIES;
  return pauseMs ?? (isKept ? KEPT_PAUSE_MS : null);
}

/**
 * State that only this process knows: the change after an effect that returned, or that the dispatched effect has not
 * begun.
 */
function inNoTable({ uncommitted, carry: { diff } }: Execution): Partial<Pick<Execution, 'uncommitted' | 'carry'>> {
  if (uncommitted) return { uncommitted };
  return diff?.dispatchedHere === true ? { carry: { diff } } : {};
}

/** Whether the approved effect may have begun. */
function isBeingApplied({ run, carry: { diff } }: Execution): boolean {
  return run.phase === 'apply' && diff?.state !== 'approved';
}
