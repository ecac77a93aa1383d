import { forAllTenants } from '../database/tenant.context';
import type { Log } from '../telemetry/log';

/**
 * Consecutive failed passes after which a sweep counts as failing: the database may have been unavailable for a moment.
 */
const FAILING_FROM = 3;

/** The work of one pass. */
export interface Pass {
  /** Number of items that fail repeatedly. */
  readonly failing: number;
  /** MUST return soon after `signal` was aborted; the rest is due at the next start or on another replica. */
  run(signal: AbortSignal): Promise<void>;
}

/**
 * Runs passes one at a time, until `stop`, for all tenants. A wake during a pass requests another one, because the pass
 * may have read too early.
 */
export class Sweep {
  private readonly stopping = new AbortController();
  private running: Promise<void> | null = null;
  private wakes = 0;
  /** Consecutive failed passes. */
  private failures = 0;

  constructor(
    private readonly work: Pass,
    private readonly log: Log,
    private readonly report: (failing: number) => void,
  ) {}

  /** Begins no further pass; resolves when the pass in progress has ended. Idempotent. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  /** Joins the pass in progress, if there is one. Never rejects. */
  async pass(): Promise<void> {
    if (!this.stopping.signal.aborted) this.running ??= forAllTenants(() => this.passes());
    await this.running;
  }

  /** Requests a pass without waiting for the interval, because something has become due. */
  wake(): void {
    this.wakes += 1;
    void this.pass();
  }

  private async passes(): Promise<void> {
    let seen: number;
    do {
      seen = this.wakes;
      await this.passOnce();
    } while (seen !== this.wakes && !this.stopping.signal.aborted);
    // In the same turn as the comparison: a later wake begins a new pass.
    this.running = null;
  }

  private async passOnce(): Promise<void> {
    try {
      await this.work.run(this.stopping.signal);
      this.failures = 0;
    } catch (error) {
      this.failures += 1;
      this.log.warn({ err: error, failures: this.failures }, 'a pass of a sweep failed; the next pass retries');
    }
    this.report(this.work.failing + (this.failures >= FAILING_FROM ? 1 : 0));
  }
}
