import { Inject, Injectable } from '@nestjs/common';
import { frame, type NewFrame, type StartParams } from '@assent/contract';
import { traced, type Log, type RunPart } from '@assent/platform';
import {
  RunCommits,
  leaseLost,
  parkRun,
  updateOwnedRun,
  type RunChange,
  type RunHead,
  type RunPatch,
} from '@assent/runs';
import { withdrawDispatch } from './apply/diff.outcomes';
import { EngineMetrics } from './engine.metrics';
import { PHASES, type PhaseResult, type Phases, type Preparation } from './step/phase';
import { isDurable, transition } from './step/run.machine';
import { StepContexts, type Carry, type RunSession, type StepContext } from './step/step.context';

/** In-memory state of the run that this replica is executing. Everything except `uncommitted` can be read from the store again. */
export interface Execution {
  readonly session: RunSession;
  run: RunHead;
  /** `performance.now()` when `run` was read or committed, in milliseconds. */
  readAtMs: number;
  /** Carry of the committed phases of the step. */
  carry: Carry;
  /** The change to commit after an effect that returned; null: no effect since the last commit. */
  uncommitted: RunChange | null;
  /** The commit of the phases' results is in flight. */
  isCommitting: boolean;
}

const NO_LOCKS: Preparation = { locks: null, carry: {} };

/** Executes phases from one commit to the next. */
@Injectable()
export class StepExecutor {
  constructor(
    @Inject(PHASES) private readonly phases: Phases,
    private readonly contexts: StepContexts,
    private readonly commits: RunCommits,
    private readonly metrics: EngineMetrics,
  ) {}

  /** @param params of `start` if the caller has them; null: they are read with the rows of the step */
  open(run: RunHead, params: StartParams | null, { signal, log }: { signal: AbortSignal; log: Log }): Execution {
    return {
      session: { params, signal, log },
      run,
      readAtMs: performance.now(),
      carry: {},
      uncommitted: null,
      isCommitting: false,
    };
  }

  /** Advances a run to its next commit. @throws when aborted, when the lease is lost, and errors of phases and commits */
  async advance(execution: Execution): Promise<void> {
    const { log, signal } = execution.session;
    const { run, uncommitted } = execution;
    signal.throwIfAborted();
    execution.isCommitting = false;
    const advanced = uncommitted ? await this.commits.commit(uncommitted) : await this.step(execution);
    if (!advanced) throw leaseLost(run.id);
    execution.uncommitted = null;
    if (advanced.step !== run.step) execution.carry = {};
    execution.run = advanced;
    execution.readAtMs = performance.now();
    this.metrics.committed(advanced);
    const { step, phase, state, seq } = advanced;
    log.info({ step, from: run.phase, phase, state, seq }, 'run advanced');
  }

  /** Queues the run until its tenant is resumed. A dispatch whose effect has not begun is withdrawn. @throws as `advance` */
  async park(execution: Execution): Promise<void> {
    const { run, carry, session } = execution;
    const { diff } = carry;
    const writes = diff?.dispatchedHere === true ? withdrawDispatch(diff, 'the tenant is paused') : [];
    const frames = [frame('run.waiting', run.step, { for: 'pause' })];
    const parked = await this.commits.commit({
      runId: run.id,
      run: parkRun({ runId: run.id, fence: run.fence }, frames.length),
      writes,
      frames,
    });
    if (!parked) throw leaseLost(run.id);
    execution.run = parked;
    const { step, phase, seq } = parked;
    session.log.info({ step, phase, seq }, 'run queued until its tenant is resumed');
  }

  /** @returns null when the lease is lost */
  private async step(execution: Execution): Promise<RunHead | null> {
    const { id: runId, tenantId, fence, phase } = execution.run;
    const { locks, carry } = (await this.phases[phase].prepare?.(this.contextOf(execution))) ?? NO_LOCKS;
    execution.carry = { ...execution.carry, ...carry };
    if (!locks) {
      const phases = await this.phasesOf(execution);
      execution.isCommitting = true;
      return this.carryOn(execution, phases.carry, await this.commits.commit(phases.change));
    }
    // Only a dispatch to a client commits under locks without an effect: it is made again, and checked again.
    const isDispatch = execution.carry.diff?.state === 'approved';
    let after: Carry = {};
    const run = await this.commits.commitUnderLocks({ runId, tenantId, fence }, locks, async () => {
      const phases = await this.phasesOf(execution);
      after = phases.carry;
      if (isDispatch) execution.isCommitting = true;
      else execution.uncommitted = phases.change;
      return phases.change;
    });
    return this.carryOn(execution, after, run);
  }

  /** A retry starts from the committed state, so a carry counts only after its commit has succeeded. */
  private carryOn(execution: Execution, carry: Carry, run: RunHead | null): RunHead | null {
    if (run) execution.carry = carry;
    return run;
  }

  /** Runs phases until one must be durable. One statement writes all of their changes. */
  private async phasesOf(execution: Execution): Promise<{ readonly change: RunChange; readonly carry: Carry }> {
    const { run, session, readAtMs } = execution;
    const frames: NewFrame[] = [];
    const writes: RunPart[] = [];
    let { carry } = execution;
    // The effect may have begun from here on, so a retry is not the first attempt.
    if (carry.diff) execution.carry = { ...carry, diff: { ...carry.diff, dispatchedHere: false } };
    let patch: RunPatch = run;
    let recalled: readonly string[] | undefined;
    for (;;) {
      const { phase, step } = patch;
      const context = this.contexts.of(session, { run, readAtMs }, carry);
      const stop = this.metrics.phaseSeconds.startTimer({ phase });
      const attributes = { 'assent.run_id': run.id, 'assent.step': step };
      const result: PhaseResult = await traced(`phase ${phase}`, { attributes }, () => this.phases[phase].run(context));
      stop();
      frames.push(...result.frames);
      writes.push(...result.writes);
      carry = { ...carry, ...result.carry };
      patch = transition(step, result.next);
      recalled = patch.recalled ?? recalled;
      if (isDurable(result.next)) break;
    }
    const lease = { runId: run.id, fence: run.fence };
    const update = updateOwnedRun(lease, { ...patch, ...(recalled && { recalled }) }, frames.length);
    return { change: { runId: run.id, run: update, writes, frames }, carry };
  }

  private contextOf({ session, run, readAtMs, carry }: Execution): StepContext {
    return this.contexts.of(session, { run, readAtMs }, carry);
  }
}
