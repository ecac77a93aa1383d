import { Injectable } from '@nestjs/common';
import { frame, toAssentError, type RunError } from '@assent/contract';
import { VoidService, voidDiffs } from '@assent/approvals';
import { isTransient, type Log, type RunPart } from '@assent/platform';
import { RunCommits, postponeRun, updateOwnedRun, type RunHead, type RunPatch } from '@assent/runs';
import { wasNotAttempted } from '@assent/tools';
import { EngineMetrics } from './engine.metrics';

/** Pauses before each retry after a failure of the database, the disk or a tool's server. Their sum is shorter than a lease. */
export const RETRY_PAUSES_MS = [100, 400, 1_600, 4_000];
/** First and maximum delay of a run postponed after all retries failed. The delay doubles each time. */
const FIRST_PAUSE_SECONDS = 5;
const LAST_PAUSE_SECONDS = 300;
/** Consecutive replicas that may stop while executing a run. After that, the run counts as the cause. */
const MAX_TAKEOVERS = 10;

/** A failure, the number of attempts in this process, and further parts to commit. */
interface Failure {
  readonly thrown: unknown;
  readonly attempts: number;
  readonly writes?: readonly RunPart[];
}

/** Records that a run cannot continue, temporarily or permanently. Never rejects. */
@Injectable()
export class RunFailures {
  constructor(
    private readonly commits: RunCommits,
    private readonly voids: VoidService,
    private readonly metrics: EngineMetrics,
  ) {}

  /** Another replica owns the run, or it was cancelled. Nothing is recorded. */
  lost(run: RunHead, log: Log): void {
    this.metrics.lost.inc();
    log.info({ step: run.step }, 'the run is no longer ours');
  }

  /** Releases the run for a delay. The reason is in one frame, and in the run until it resumes. */
  async postpone(run: RunHead, failure: Failure, log: Log): Promise<void> {
    await this.giveBack(run, publicError(run, failure.thrown), failure, log);
  }

  /** Fails the run. The same commit voids its open approvals and diffs. */
  async giveUp(run: RunHead, thrown: unknown, log: Log): Promise<void> {
    if (toAssentError(thrown).reason === 'internal') log.error({ err: thrown }, 'the run failed inside the server');
    await this.fail(run, publicError(run, thrown), log);
  }

  /** Ends a run that stops every replica that executes it. @returns false when the run may be executed */
  async endTakeovers(run: RunHead, log: Log): Promise<boolean> {
    if (run.takeovers < MAX_TAKEOVERS) return false;
    const message = `${MAX_TAKEOVERS} replicas in a row stopped while they executed run ${run.id}, and it made no progress. Look for its runId in their logs.`;
    const error: RunError = { reason: 'internal', message };
    // An effect that may be half applied is not given up; it is retried after the pause.
    if (run.phase === 'apply') await this.giveBack(run, error, { attempts: MAX_TAKEOVERS }, log);
    else await this.fail(run, error, log);
    return true;
  }

  private async giveBack(
    run: RunHead,
    error: RunError,
    { attempts, writes = [] }: Omit<Failure, 'thrown'>,
    log: Log,
  ): Promise<void> {
    const pauseSeconds = Math.min(
      LAST_PAUSE_SECONDS,
      FIRST_PAUSE_SECONDS * 2 ** Math.max(0, run.attempts - RETRY_PAUSES_MS.length),
    );
    const frames = run.attempts === 0 ? [frame('run.retrying', run.step, { error, attempts })] : [];
    this.metrics.putOff.inc({ reason: error.reason });
    log.warn({ error, attempts: run.attempts + attempts, pauseSeconds, phase: run.phase }, 'postponing the run');
    try {
      const update = postponeRun({ runId: run.id, fence: run.fence }, { error, attempts, pauseSeconds }, frames.length);
      await this.commits.commit({ runId: run.id, run: update, writes, frames });
    } catch (error_) {
      log.error({ err: error_ }, 'could not record the failure; another replica takes over when the lease expires');
    }
  }

  private async fail(run: RunHead, error: RunError, log: Log): Promise<void> {
    this.metrics.abandoned.inc({ reason: error.reason });
    const patch: RunPatch = { state: 'failed', phase: run.phase, step: run.step, error };
    try {
      const voided = await this.voids.approved(run, error.message);
      const frames = [...voided.frames, frame('run.failed', run.step, { error })];
      const update = updateOwnedRun({ runId: run.id, fence: run.fence }, patch, frames.length);
      const failed = await this.commits.commit({
        runId: run.id,
        run: update,
        writes: [...voided.writes, voidDiffs()],
        frames,
      });
      if (failed) this.metrics.committed(failed);
    } catch (error_) {
      log.error({ err: error_ }, 'could not record the failure; the sweep will pick the run up');
    }
  }
}

/** The error for the requester. Details of an internal failure stay in the log. */
function publicError(run: RunHead, thrown: unknown): RunError {
  if (isTransient(thrown)) {
    return { reason: 'overloaded', message: 'The database does not respond. The run continues when it does.' };
  }
  const { reason, message } = toAssentError(thrown);
  if (wasNotAttempted(thrown)) return { reason, message: `${message} The run goes on by itself.` };
  if (reason !== 'internal') return { reason, message };
  return { reason, message: `Run ${run.id} failed inside the server: look for its runId in the log.` };
}
