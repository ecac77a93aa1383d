import { Inject, Injectable } from '@nestjs/common';
import { frame, toAssentError, type NewFrame, type StartParams } from '@assent/contract';
import { endApprovals, voidDiffs } from '@assent/approvals';
import { LOG, activeTraceparent, isTransient, traceIdOf, traced, type Cte, type Log } from '@assent/platform';
import {
  RunCommits,
  RunRepository,
  holdOwned,
  leaseLost,
  type RunChange,
  type RunHead,
  type RunPatch,
} from '@assent/runs';
import { EngineMetrics } from './engine.metrics';
import { Phases } from './phases';
import { Latecomers } from './refutation/latecomers';
import type { PhaseResult, Work } from './work';

/** Pauses before a further try when the database or the disk failed us; together shorter than a lease, so that the run stays here. */
const RETRY_PAUSES_MS = [100, 400, 1_600, 4_000];

/** What a new step has in its hands. */
const FRESH_STEP = { plannedSince: null, plan: null, call: null, diff: null, outcome: null } satisfies Partial<Work>;

/** Works on one run until it waits, ends, or belongs to somebody else. */
@Injectable()
export class RunWorker {
  constructor(
    private readonly phases: Phases,
    private readonly commits: RunCommits,
    private readonly runs: RunRepository,
    private readonly metrics: EngineMetrics,
    private readonly latecomers: Latecomers,
    @Inject(LOG) private readonly log: Log,
  ) {}

  /** Never rejects: what cannot be mended is logged, and the sweep finds the run again when its lease has run out. */
  work(run: RunHead, params: StartParams | null, signal: AbortSignal): Promise<void> {
    const { id, traceparent, fence } = run;
    // The trace of the run goes on, whoever takes it and however late; the call that woke it up is linked.
    const options = {
      parent: traceparent,
      link: activeTraceparent(),
      attributes: { 'assent.run_id': id, 'assent.fence': fence, 'assent.phase': run.phase },
    };
    return traced('run', options, () => this.attempt(run, params, signal));
  }

  private async attempt(run: RunHead, params: StartParams | null, signal: AbortSignal): Promise<void> {
    const { id: runId, requestId, clientTraceId, traceparent } = run;
    const log = this.log.child({ requestId, runId, clientTraceId, ...traceIdOf(traceparent) });
    let head: RunHead | undefined = run;
    for (const pauseMs of [...RETRY_PAUSES_MS, null]) {
      const work: Work = { run: head, readAtMs: performance.now(), log, signal, params, ...FRESH_STEP };
      try {
        await this.drive(work);
        return;
      } catch (thrown) {
        if (signal.aborted || toAssentError(thrown).details['leaseLost'] === true) {
          this.metrics.lost.inc();
          log.info({ step: work.run.step }, 'the run is no longer ours');
          return;
        }
        // What has begun to be applied is never given up: it may be half done, and only going on can finish it.
        if (!isTransient(thrown) && work.run.phase !== 'apply') {
          await this.giveUp(work.run, thrown, log);
          return;
        }
        if (pauseMs === null) break;
        log.warn({ err: thrown, pauseMs, phase: work.run.phase }, 'trying again from what is committed');
        await pause(pauseMs, signal);
      }
      // The commit may have happened although its answer was lost: only the table knows where the run stands.
      head = await this.runs.findHead(run.tenantId, run.id).catch(() => head);
      if (head?.fence !== run.fence || head.state !== 'running') return;
    }
    log.error('no try helped; the run is left to whoever finds it when its lease has run out');
  }

  private async drive(work: Work): Promise<void> {
    while (work.run.state === 'running') {
      const { run, signal } = work;
      signal.throwIfAborted();
      const lease = { runId: run.id, fence: run.fence };
      const locks = run.phase === 'apply' ? await this.phases.apply.locks(work) : null;
      const advanced = locks
        ? await this.commits.exclusive(lease, locks, () => this.advance(work))
        : await this.commits.commit(await this.advance(work));
      if (!advanced) throw leaseLost(run.id);
      if (advanced.step !== run.step) Object.assign(work, FRESH_STEP);
      work.run = advanced;
      work.readAtMs = performance.now();
      this.metrics.committed(advanced);
      const { step, phase, state, seq } = advanced;
      work.log.info({ step, from: run.phase, phase, state, seq }, 'run advanced');
    }
    if (work.run.state === 'waiting') await this.latecomers.tell(work);
  }

  /** Runs phases until one has to be durable; all they want goes out in one statement. */
  private async advance(work: Work): Promise<RunChange> {
    const frames: NewFrame[] = [];
    const writes: Cte[] = [];
    let next: RunPatch = work.run;
    let settled = false;
    while (!settled) {
      const stop = this.metrics.phaseSeconds.startTimer({ phase: next.phase });
      const { phase, step } = next;
      const attributes = { 'assent.run_id': work.run.id, 'assent.step': step };
      const result: PhaseResult = await traced(`phase ${phase}`, { attributes }, () => this.phases.of(phase).run(work));
      stop();
      frames.push(...result.frames);
      writes.push(...result.writes);
      next = { ...carried(next), ...result.next };
      settled = result.settle;
    }
    const lease = { runId: work.run.id, fence: work.run.fence };
    return { hold: holdOwned(lease, next, frames.length), writes, frames };
  }

  private async giveUp(run: RunHead, thrown: unknown, log: Log): Promise<void> {
    const known = toAssentError(thrown);
    const inside = known.reason === 'internal';
    this.metrics.givenUp.inc({ reason: known.reason });
    if (inside) log.error({ err: thrown }, 'the run failed inside the server');
    const message = inside ? `Run ${run.id} failed inside the server: look for its runId in the log.` : known.message;
    const error = { reason: known.reason, message };
    const frames = [frame('run.failed', run.step, { error })];
    const patch: RunPatch = { state: 'failed', phase: run.phase, step: run.step, error };
    try {
      const hold = holdOwned({ runId: run.id, fence: run.fence }, patch, frames.length);
      const failed = await this.commits.commit({
        hold,
        writes: [endApprovals('voided', 'approved'), voidDiffs()],
        frames,
      });
      if (failed) this.metrics.committed(failed);
    } catch (error_) {
      log.error({ err: error_ }, 'even that could not be written; the sweep will find the run');
    }
  }
}

/** What earlier phases of the same commit have set and later ones do not repeat. */
function carried(patch: RunPatch): Partial<RunPatch> {
  return patch.recalled === undefined ? {} : { recalled: patch.recalled };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
  });
}
