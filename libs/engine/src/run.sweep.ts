import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { frame } from '@assent/contract';
import { Config, LOG, forAllTenants, traceIdOf, type Log } from '@assent/platform';
import { FrameAppender, RunLeases, type ClaimedRun } from '@assent/runs';
import { EngineService } from './engine.service';

/** Looks for runs that nobody holds: queued ones, and those whose replica is gone. */
@Injectable()
export class RunSweep implements OnApplicationBootstrap, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | null = null;

  constructor(
    private readonly engine: EngineService,
    private readonly leases: RunLeases,
    private readonly appender: FrameAppender,
    private readonly config: Config,
    @Inject(LOG) private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    this.engine.whenRoom(() => void forAllTenants(() => this.claim()));
    this.timer = setInterval(() => void this.claim(), this.config.env.SWEEP_SECONDS * 1_000);
    void this.claim();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    await this.looking;
  }

  /** One at a time, so that two looks do not claim more than there is room for. */
  private claim(): Promise<void> {
    this.looking ??= this.look().finally(() => {
      this.looking = null;
    });
    return this.looking;
  }

  private async look(): Promise<void> {
    const { room } = this.engine;
    if (room === 0) return;
    try {
      const claimed = await this.leases.claim(room);
      await Promise.all(claimed.map((run) => this.begin(run)));
    } catch (error) {
      this.log.warn({ err: error }, 'looking for runs failed; the next look tries again');
    }
  }

  private async begin(run: ClaimedRun): Promise<void> {
    const { requestId, id: runId, clientTraceId, traceparent, takenOver, fence, step } = run;
    this.log.info({ requestId, runId, clientTraceId, ...traceIdOf(traceparent), takenOver, fence }, 'run claimed');
    // Followers see at once that somebody has taken the run over; its next commit may take a while.
    if (takenOver) {
      await this.appender
        .append({ runId, fence }, [frame('run.resumed', step, { reason: 'takeover' })])
        .catch((error: unknown) => {
          this.log.warn({ err: error, runId }, 'the takeover could not be told; the run goes on all the same');
        });
    }
    this.engine.take(run);
  }
}
