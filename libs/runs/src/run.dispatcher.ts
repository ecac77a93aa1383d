import { Injectable } from '@nestjs/common';
import { Config } from '@assent/platform';
import type { StartParams } from '@assent/contract';
import { RunNotifier } from './run.notifier';
import type { RunHead } from './run.record';

/** Executes the runs that this replica has claimed. Bound by the engine. */
export abstract class RunExecutor {
  /** Reserves capacity for a run that is about to be claimed. @returns false: full, or the replica is draining */
  abstract reserve(): boolean;
  /** Returns a reservation once its run is accepted or was not claimed. */
  abstract release(): void;
  /** MUST return at once and execute the run in the background. `params` saves a read if the caller has them. */
  abstract accept(run: RunHead, params?: StartParams): void;
}

/** The lease of a run that this replica executes next. */
export interface LeaseClaim {
  readonly owner: string;
  readonly seconds: number;
}

/**
 * Dispatches runs that a commit has made runnable (`start`, a decision) to the executor of this replica: the claim commits
 * with the state change, and the run goes on here without polling.
 */
@Injectable()
export class RunDispatcher {
  constructor(
    private readonly config: Config,
    private readonly notifier: RunNotifier,
    private readonly executor: RunExecutor,
  ) {}

  /**
   * Commits with a claim when this replica has free capacity, and executes the run that the commit returns; without
   * capacity the claim is null and the run is queued.
   */
  async commit<Run extends RunHead>(
    work: (claim: LeaseClaim | null) => Promise<Run | null>,
    params?: StartParams,
  ): Promise<Run | null> {
    const claims = this.executor.reserve();
    try {
      const run = await work(claims ? { owner: this.config.replicaId, seconds: this.config.env.LEASE_SECONDS } : null);
      if (run?.state === 'running') this.executor.accept(run, params);
      else if (run?.state === 'queued') this.notifier.wake();
      return run;
    } finally {
      if (claims) this.executor.release();
    }
  }
}
