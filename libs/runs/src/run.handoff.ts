import { Injectable } from '@nestjs/common';
import { Config } from '@assent/platform';
import type { StartParams } from '@assent/contract';
import { RunNotifier } from './run.notifier';
import type { RunHead } from './run.record';

/** Works on runs this replica has claimed. Implemented by the engine. */
export interface RunTaker {
  /** Runs that can still be taken, beside those promised; MUST be 0 while this replica drains. */
  readonly room: number;
  /** MUST return at once and go on in the background. `params` saves a read when the caller has them at hand. */
  take(run: RunHead, params?: StartParams): void;
  /** Runs wait that nobody holds: MUST return at once, and look for them when there is room. */
  look(): void;
}

/** What goes into the lease of a run that this replica will go on with. */
export interface LeaseClaim {
  readonly owner: string;
  readonly seconds: number;
}

/**
 * The door between whoever makes a run runnable (`start`, a decision) and the engine: the claim commits with the state
 * change, and the run goes on here without a poll between.
 */
@Injectable()
export class RunHandoff {
  private taker: RunTaker | null = null;
  /** Places promised to commits that are under way. */
  promised = 0;

  constructor(
    private readonly config: Config,
    private readonly notifier: RunNotifier,
  ) {}

  connect(taker: RunTaker): void {
    this.taker = taker;
    this.notifier.onWork(() => {
      taker.look();
    });
  }

  /** Tells the other replicas at once that runs are left to them. */
  leave(): Promise<void> {
    return this.notifier.wakeNow();
  }

  /**
   * Commits with a claim when this replica has room, and goes on with the run that comes out of it; without room the claim
   * is null and the run is left to the queue.
   */
  async commit<Run extends RunHead>(
    work: (claim: LeaseClaim | null) => Promise<Run | null>,
    params?: StartParams,
  ): Promise<Run | null> {
    const claims = this.taker !== null && this.taker.room > 0;
    if (claims) this.promised += 1;
    try {
      const run = await work(claims ? { owner: this.config.replicaId, seconds: this.config.env.LEASE_SECONDS } : null);
      if (run?.state === 'running') this.taker?.take(run, params);
      else if (run?.state === 'queued') this.notifier.wake();
      return run;
    } finally {
      if (claims) this.promised -= 1;
    }
  }
}
