import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { StartParams } from '@assent/contract';
import { Config, LOG, forTenant, type Log } from '@assent/platform';
import { RunHandoff, RunLeases, type RunHead, type RunTaker } from '@assent/runs';
import { RunWorker } from './run.worker';

interface Active {
  readonly abort: AbortController;
  readonly done: Promise<void>;
}

/** A third of the lease: two heartbeats may be lost before a run is. */
const HEARTBEATS_A_LEASE = 3;

/** The runs this replica works on: takes what it has claimed and keeps the leases alive, off the hot path. */
@Injectable()
export class EngineService implements RunTaker, OnApplicationBootstrap, OnModuleDestroy {
  private readonly active = new Map<string, Active>();
  private draining = false;
  private heart: NodeJS.Timeout | undefined;
  private onRoom: () => void = () => undefined;

  constructor(
    private readonly worker: RunWorker,
    private readonly leases: RunLeases,
    private readonly handoff: RunHandoff,
    private readonly config: Config,
    @Inject(LOG) private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    this.handoff.connect(this);
    const everyMs = (this.config.env.LEASE_SECONDS * 1_000) / HEARTBEATS_A_LEASE;
    this.heart = setInterval(() => void this.heartbeat(), everyMs);
  }

  /** From now on this replica is not ready and takes no new runs; what it is asked besides is answered. Idempotent. */
  drain(): void {
    this.draining = true;
  }

  /** No new runs; those in hand get half of the grace time; what is left is given back for others to take at once. */
  async onModuleDestroy(): Promise<void> {
    this.drain();
    const working = [...this.active.values()].map(({ done }) => done);
    await Promise.race([Promise.all(working), delay((this.config.env.SHUTDOWN_GRACE_SECONDS * 1_000) / 2)]);
    clearInterval(this.heart);
    const left = [...this.active.entries()];
    for (const [, { abort }] of left) abort.abort();
    if (left.length === 0) return;
    try {
      await this.leases.release(left.map(([runId]) => runId));
      await this.handoff.leave();
    } catch (error) {
      this.log.warn({ err: error }, 'giving runs back failed; others take them when their leases have run out');
    }
  }

  get isDraining(): boolean {
    return this.draining;
  }

  get activeRuns(): number {
    return this.active.size;
  }

  /** Runs that can still be taken. */
  get room(): number {
    return this.draining ? 0 : Math.max(0, this.config.env.MAX_ACTIVE_RUNS - this.active.size - this.handoff.promised);
  }

  /** Calls `listener` when a full replica has room again, or others have left runs to it. */
  whenRoom(listener: () => void): void {
    this.onRoom = listener;
  }

  look(): void {
    if (this.room > 0) this.onRoom();
  }

  take(run: RunHead, params: StartParams | null = null): void {
    const abort = new AbortController();
    const working = forTenant(run.tenantId, () => this.worker.work(run, params, abort.signal));
    const done = working.finally(() => {
      const wasFull = this.room === 0;
      if (this.active.get(run.id)?.abort === abort) this.active.delete(run.id);
      if (wasFull) this.onRoom();
    });
    this.active.set(run.id, { abort, done });
  }

  /** Stops working on a run that was cancelled; its fence is higher already, so nothing more could be written anyway. */
  drop(runId: string): void {
    this.active.get(runId)?.abort.abort();
  }

  private async heartbeat(): Promise<void> {
    const asked = new Map(this.active);
    if (asked.size === 0) return;
    try {
      const held = await this.leases.heartbeat([...asked.keys()]);
      for (const [runId, work] of asked) {
        // A run that has begun to wait meanwhile is not held either, but its work is over and gone from the map.
        if (!held.has(runId) && this.active.get(runId) === work) work.abort.abort();
      }
    } catch (error) {
      this.log.warn({ err: error }, 'the heartbeat failed; the next one tries again before the leases run out');
    }
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
