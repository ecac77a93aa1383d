import { setTimeout as pause } from 'node:timers/promises';
import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { StartParams } from '@assent/contract';
import { Config, LOG, forTenant, type Log } from '@assent/platform';
import { RunLeases, RunNotifier, type RunExecutor, type RunHead } from '@assent/runs';
import { RunWorker } from './run.worker';

interface Active {
  readonly abort: AbortController;
  readonly done: Promise<void>;
}

/** A lease survives two lost heartbeats. */
const HEARTBEATS_PER_LEASE = 3;

/** Executes the runs of this replica: starts a worker for each and renews their leases, off the hot path. */
@Injectable()
export class EngineService implements RunExecutor, OnModuleInit, OnApplicationBootstrap, OnModuleDestroy {
  private readonly active = new Map<string, Active>();
  private draining = false;
  private heart: NodeJS.Timeout | undefined;
  /** Number of runs whose claim is being committed. */
  private reserved = 0;
  private worker!: RunWorker;
  private onCapacity: () => void = () => undefined;

  constructor(
    private readonly modules: ModuleRef,
    private readonly leases: RunLeases,
    private readonly notifier: RunNotifier,
    private readonly config: Config,
    @Inject(LOG) private readonly log: Log,
  ) {}

  /** Resolved lazily to break a cycle: the worker's commits make other runs runnable, and this executor accepts them. */
  onModuleInit(): void {
    this.worker = this.modules.get(RunWorker);
  }

  onApplicationBootstrap(): void {
    this.notifier.onWork(() => {
      if (this.freeCapacity > 0) this.onCapacity();
    });
    const everyMs = (this.config.env.LEASE_SECONDS * 1_000) / HEARTBEATS_PER_LEASE;
    this.heart = setInterval(() => void this.heartbeat(), everyMs);
  }

  /** Stops accepting new runs and reports not ready. Requests are still served. Idempotent. */
  drain(): void {
    this.draining = true;
  }

  /**
   * Runs in progress get half of the grace period. The remaining runs are released, so that other replicas can claim
   * them at once.
   */
  async onModuleDestroy(): Promise<void> {
    this.drain();
    const working = [...this.active.values()].map(({ done }) => done);
    const graceMs = (this.config.env.SHUTDOWN_GRACE_SECONDS * 1_000) / 2;
    await Promise.race([Promise.all(working), pause(graceMs, undefined, { ref: false })]);
    clearInterval(this.heart);
    const left = [...this.active.entries()];
    for (const [, { abort }] of left) abort.abort();
    if (left.length === 0) return;
    try {
      await this.leases.release(left.map(([runId]) => runId));
      await this.notifier.wakeNow();
    } catch (error) {
      this.log.warn({ err: error }, 'could not release runs; other replicas claim them when the leases expire');
    }
  }

  get isDraining(): boolean {
    return this.draining;
  }

  get activeRuns(): number {
    return this.active.size;
  }

  /** Number of further runs that this replica can accept. */
  get freeCapacity(): number {
    return this.draining ? 0 : Math.max(0, this.config.env.MAX_ACTIVE_RUNS - this.active.size - this.reserved);
  }

  /** Calls `listener` when a full replica has free capacity again, or when runs are queued elsewhere. */
  onFreeCapacity(listener: () => void): void {
    this.onCapacity = listener;
  }

  reserve(): boolean {
    if (this.freeCapacity === 0) return false;
    this.reserved += 1;
    return true;
  }

  release(): void {
    this.reserved -= 1;
  }

  accept(run: RunHead, params: StartParams | null = null): void {
    const abort = new AbortController();
    const working = forTenant(run.tenantId, () => this.worker.work(run, params, abort.signal));
    const done = working.finally(() => {
      const wasFull = this.freeCapacity === 0;
      if (this.active.get(run.id)?.abort === abort) this.active.delete(run.id);
      if (wasFull) this.onCapacity();
    });
    this.active.set(run.id, { abort, done });
  }

  /** Stops executing a cancelled run. The cancellation has raised its fence, so its worker can no longer write. */
  drop(runId: string): void {
    this.active.get(runId)?.abort.abort();
  }

  private async heartbeat(): Promise<void> {
    const asked = new Map(this.active);
    if (asked.size === 0) return;
    try {
      const held = await this.leases.heartbeat([...asked.keys()]);
      for (const [runId, work] of asked) {
        // A run that waits now has no lease either, but it is no longer in the map.
        if (!held.has(runId) && this.active.get(runId) === work) work.abort.abort();
      }
    } catch (error) {
      this.log.warn({ err: error }, 'could not renew leases; the next heartbeat retries before they expire');
    }
  }
}
