import { Inject, Injectable } from '@nestjs/common';
import {
  AssentError,
  DEFAULT_PAGE,
  MAX_PLAN_OPS,
  pageOf,
  readUuidCursor,
  type Page,
  type MemoryRun,
  type MemoryStage,
  type MemoryStep,
  type PlanOp,
} from '@assent/contract';
import { Config, LOG, newId, type Log } from '@assent/platform';
import { DriftService } from '../drift/drift.service';
import { AgentActions } from './agent.actions';
import { BY_MODEL } from './distilling';
import { LEASE_SECONDS, MemoryRunRepository, type OpenRun } from './memory-run.repository';
import { STAGE_ORDER, type Batch } from './stages';

const ON_DEMAND = 'demand';
const MS_PER_SECOND = 1_000;
/** Three heartbeats per lease. */
const KEEP_MS = (LEASE_SECONDS * MS_PER_SECOND) / 3;
/** Maximum number of consecutive replicas lost with a run that makes no progress; the run is then the likely cause. */
const MAX_TAKEOVERS = 10;
/** Another replica has the run. */
const TAKEN = new Error('another replica has taken the memory run over');

/** The optimization agent: takes a tenant's memory through the stages, batch by batch, within a budget. */
@Injectable()
export class OptimizerService {
  private readonly stopped = new AbortController();

  constructor(
    private readonly runs: MemoryRunRepository,
    private readonly work: AgentActions,
    private readonly drift: DriftService,
    private readonly config: Config,
    @Inject(LOG) private readonly log: Log,
  ) {}

  /** Finishes batches in progress but abandons a model's answer; other replicas resume the rest. */
  stop(): void {
    this.stopped.abort(new Error('the server is stopping'));
  }

  /** @throws AssentError conflict while another run of the tenant is active */
  async demand(tenantId: string, actor: string): Promise<MemoryRun> {
    const run = await this.runs.claim(
      tenantId,
      ON_DEMAND,
      `${new Date().toISOString()}/${newId()}`,
      actor,
      this.config.replicaId,
    );
    if (!run) {
      throw new AssentError(
        'conflict',
        'The optimization agent is already working for this tenant. memory/run/list shows its run.',
      );
    }
    await this.drive(run);
    return this.get(tenantId, run.memoryRunId);
  }

  /** Works on every tenant whose slot is unclaimed. */
  async slot(schedule: string, slot: string): Promise<void> {
    for (const tenantId of await this.runs.tenants()) {
      if (this.stopping) return;
      const run = await this.runs.claim(tenantId, schedule, slot, 'system:memory', this.config.replicaId);
      if (run) await this.drive(run);
    }
  }

  /** Resumes runs whose replica is gone. */
  async goOn(): Promise<void> {
    for (;;) {
      if (this.stopping) return;
      const run = await this.runs.takeOver(this.config.replicaId);
      if (!run) return;
      if (run.takeovers < MAX_TAKEOVERS) await this.drive(run);
      else await this.fail(run, lostWith(run));
    }
  }

  /** @throws AssentError not_found */
  async get(tenantId: string, memoryRunId: string): Promise<MemoryRun> {
    const run = await this.runs.find(tenantId, memoryRunId);
    if (run) return run;
    throw new AssentError('not_found', `There is no run ${memoryRunId} of the agent. memory/run/list lists them.`, {
      memoryRunId,
    });
  }

  async list(
    tenantId: string,
    { cursor, limit = DEFAULT_PAGE }: { readonly cursor?: string | undefined; readonly limit?: number | undefined },
  ): Promise<Page<MemoryRun>> {
    const items = await this.runs.list(tenantId, readUuidCursor(cursor), limit);
    return pageOf(
      items,
      limit,
      (run) => run,
      ({ memoryRunId }) => memoryRunId,
    );
  }

  private get stopping(): boolean {
    return this.stopped.signal.aborted;
  }

  private async drive(claimed: OpenRun): Promise<void> {
    let run = claimed;
    try {
      while (run.stage !== 'done') {
        if (this.stopping) {
          await this.runs.end(run, 'running');
          return;
        }
        run = await this.step(run);
        if (!(await this.runs.progress(run))) return;
      }
      await this.runs.end(run, 'completed');
      this.work.ended('completed');
    } catch (error) {
      if (error === TAKEN) return;
      if (this.stopping) {
        await this.runs.end(run, 'running').catch(() => undefined);
        return;
      }
      await this.fail(run, error);
    }
  }

  /** Ends the run with the reason in its last step. */
  private async fail(run: OpenRun, error: unknown): Promise<void> {
    const { memoryRunId, tenantId, stage } = run;
    this.log.error({ err: error, memoryRunId, tenantId }, 'could not finish a run of the optimization agent');
    const why =
      error instanceof AssentError
        ? error.message
        : `it failed inside the server: see memory run ${memoryRunId} in the log`;
    const last = { ...nothingMore(stage), why };
    await this.runs.end({ ...run, steps: [...run.steps, last] }, 'failed').catch(() => undefined);
    this.work.ended('failed');
  }

  /** One batch. */
  private async step(run: OpenRun): Promise<OpenRun> {
    const { tenantId, stage } = run;
    if (stage === 'drift') {
      const why = await this.drift.check(tenantId);
      return moved(run, null, { stage, read: 0, proposed: 0, planIds: [], applied: 0, why });
    }
    const left = this.config.env.MEMORY_RUN_OPS - run.steps.reduce((sum, { proposed }) => sum + proposed, 0);
    if (left <= 0 && stage !== 'credit') {
      return { ...run, stage: 'drift', position: null, steps: [...run.steps, { ...nothingMore(stage) }] };
    }
    const batch = await this.holding(run, (signal) => this.work.batch(run, left, signal));
    const ops = batch.ops.slice(0, Math.min(left, MAX_PLAN_OPS));
    const { refused, ...done } = await this.work.propose(run, ops);
    await this.work.learnt(tenantId, batch);
    const { read, tokens } = batch;
    const why = refused === null ? batch.why : `${batch.why}; not applied: ${refused}`;
    const model = tokens === undefined ? {} : { tokens };
    return moved(run, positionAfter(batch, ops), { stage, read, proposed: ops.length, ...done, ...model, why });
  }

  /** Renews the lease while a batch takes longer. @throws TAKEN when another replica has the run */
  private async holding<T>(run: OpenRun, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const lost = new AbortController();
    const keeping = setInterval(() => {
      this.runs.keep(run).then(
        (isOurs) => {
          if (!isOurs) lost.abort(TAKEN);
        },
        // The database is unavailable for a moment: the next heartbeat shows whether the lease holds.
        (error: unknown) => {
          this.log.warn({ err: error, memoryRunId: run.memoryRunId }, 'could not renew the lease of a memory run');
        },
      );
    }, KEEP_MS);
    try {
      return await work(AbortSignal.any([this.stopped.signal, lost.signal]));
    } finally {
      clearInterval(keeping);
    }
  }
}

function lostWith({ memoryRunId, stage }: OpenRun): AssentError {
  return new AssentError(
    'internal',
    `${MAX_TAKEOVERS} replicas in a row stopped while they worked on memory run ${memoryRunId} in stage ${stage}, and it got no further. Look for its memoryRunId in their logs.`,
  );
}

/** Operations that did not fit into the plan are read again. */
function positionAfter(batch: Batch, ops: readonly PlanOp[]): string | null {
  return ops.length < batch.ops.length ? null : batch.next;
}

function moved(run: OpenRun, position: string | null, step: MemoryStep): OpenRun {
  const last = run.steps.at(-1);
  // One line per stage, regardless of the number of batches; one for each goal that a model read.
  const same = last?.stage === step.stage && run.position !== null;
  const own = step.tokens !== undefined || last?.tokens !== undefined || run.position === BY_MODEL;
  const empty = same && step.read === 0 && step.proposed === 0 && step.tokens === undefined;
  const steps = empty
    ? run.steps
    : same && !own
      ? [...run.steps.slice(0, -1), joined(last, step)]
      : [...run.steps, step];
  const stage = position === null ? after(run.stage) : run.stage;
  return { ...run, stage, position, steps };
}

function joined(a: MemoryStep, b: MemoryStep): MemoryStep {
  return {
    ...b,
    read: a.read + b.read,
    proposed: a.proposed + b.proposed,
    applied: a.applied + b.applied,
    planIds: [...a.planIds, ...b.planIds],
  };
}

function after(stage: MemoryStage): MemoryStage {
  return STAGE_ORDER[STAGE_ORDER.indexOf(stage) + 1] ?? 'done';
}

function nothingMore(stage: MemoryStage): MemoryStep {
  return {
    stage,
    read: 0,
    proposed: 0,
    planIds: [],
    applied: 0,
    why: 'the budget is used up; the rest waits for the next run',
  };
}
