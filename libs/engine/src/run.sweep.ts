import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { frame } from '@assent/contract';
import { Config, LOG, Sweeper, traceIdOf, type Log, type Sweep } from '@assent/platform';
import { FrameAppender, RunLeases, type ClaimedRun } from '@assent/runs';
import { EngineService } from './engine.service';

/** Maximum consecutive takeovers that are published. A crash loop must not fill the frame log. */
const PUBLISHED_TAKEOVERS = 10;

/** Claims runs without a valid lease: queued runs, and runs of lost replicas. */
@Injectable()
export class RunSweep implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly sweep: Sweep;

  constructor(
    private readonly engine: EngineService,
    private readonly leases: RunLeases,
    private readonly appender: FrameAppender,
    { env: { SWEEP_SECONDS: seconds } }: Config,
    sweeper: Sweeper,
    @Inject(LOG) private readonly log: Log,
  ) {
    this.sweep = sweeper.steps({ name: 'runs', everyMs: seconds * 1_000, step: () => this.claim() });
  }

  onApplicationBootstrap(): void {
    this.engine.onFreeCapacity(() => {
      this.sweep.wake();
    });
    this.sweep.wake();
  }

  async onModuleDestroy(): Promise<void> {
    await this.sweep.stop();
  }

  private async claim(): Promise<boolean> {
    const { freeCapacity } = this.engine;
    if (freeCapacity > 0) {
      const claimed = await this.leases.claim(freeCapacity);
      await Promise.all(claimed.map((run) => this.begin(run)));
    }
    return false;
  }

  private async begin(run: ClaimedRun): Promise<void> {
    const { requestId, id: runId, clientTraceId, traceparent, takenOver, takeovers, wasParked, fence, step } = run;
    this.log.info({ requestId, runId, clientTraceId, ...traceIdOf(traceparent), takenOver, fence }, 'run claimed');
    // Published at once, because the next commit of the run may take a while.
    if (wasParked || (takenOver && takeovers <= PUBLISHED_TAKEOVERS)) {
      await this.appender
        .append({ runId, fence }, [frame('run.resumed', step, { reason: wasParked ? 'resume' : 'takeover' })])
        .catch((error: unknown) => {
          this.log.warn({ err: error, runId }, 'could not publish that the run was resumed');
        });
    }
    this.engine.accept(run);
  }
}
