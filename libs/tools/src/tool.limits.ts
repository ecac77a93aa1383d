import {
  CircuitState,
  ConsecutiveBreaker,
  ExponentialBackoff,
  bulkhead,
  circuitBreaker,
  handleWhen,
  isBrokenCircuitError,
  isBulkheadRejectedError,
  retry,
  type BulkheadPolicy,
  type CircuitBreakerPolicy,
  type RetryPolicy,
} from 'cockatiel';
import { AssentError, type BreakerState } from '@assent/contract';
import { NOT_ATTEMPTED } from './not-attempted';
import { ToolLabels, familyLabel } from './tool.labels';
import { rejection } from './tool.runner';

export interface LimitSettings {
  /** Maximum concurrent calls of one tool. Further calls wait. */
  readonly maxConcurrent: number;
  /** Maximum waiting calls. Further calls are refused. */
  readonly maxWaiting: number;
  /** Consecutive transport faults that open the breaker. */
  readonly faultsToOpen: number;
  /** Milliseconds until the breaker allows a probe. */
  readonly openMs: number;
  /** Maximum retries of a read. */
  readonly retries: number;
  /** Milliseconds before the first retry. Later pauses are longer, with jitter. */
  readonly firstPauseMs: number;
}

/** Enough for the runs of one replica (MAX_ACTIVE_RUNS is 64 by default) without letting one slow tool block them all. */
const DEFAULTS: LimitSettings = {
  maxConcurrent: 16,
  maxWaiting: 64,
  faultsToOpen: 5,
  openMs: 10_000,
  retries: 2,
  firstPauseMs: 200,
};
const PAUSE_MAX_MS = 2_000;
const MS_PER_SECOND = 1_000;

/** Whether the connection to another system failed. The adapter marks such errors with `transport: true`. */
export function isTransportFault(error: unknown): boolean {
  return error instanceof AssentError && error.details['transport'] === true;
}

/** Isolates tools from each other with a bulkhead and a circuit breaker per label. */
export class ToolLimits {
  private readonly byLabel = new Map<string, ToolLimit>();
  private readonly labels = new ToolLabels();

  constructor(
    private readonly onState: (tool: string, state: BreakerState) => void,
    private readonly settings: LimitSettings = DEFAULTS,
  ) {}

  of(tool: string): ToolLimit {
    const label = this.labels.of(tool);
    const known = this.byLabel.get(label);
    if (known) return known;
    const limit = new ToolLimit(label, this.settings, this.onState);
    this.byLabel.set(label, limit);
    return limit;
  }

  /** State of a tool's breaker; closed for a tool that was never called. */
  stateOf(tool: string): BreakerState {
    return (this.byLabel.get(tool) ?? this.byLabel.get(familyLabel(tool)))?.state ?? 'closed';
  }
}

export class ToolLimit {
  private readonly breaker: CircuitBreakerPolicy;
  private readonly bulkhead: BulkheadPolicy;
  private readonly retry: RetryPolicy;
  private openUntil = 0;

  constructor(
    private readonly tool: string,
    private readonly settings: LimitSettings,
    onState: (tool: string, state: BreakerState) => void,
  ) {
    const { maxConcurrent, maxWaiting, faultsToOpen, openMs, retries, firstPauseMs } = settings;
    const faults = handleWhen(isTransportFault);
    this.breaker = circuitBreaker(faults, {
      halfOpenAfter: openMs,
      breaker: new ConsecutiveBreaker(faultsToOpen),
    });
    this.breaker.onStateChange((state) => {
      if (state === CircuitState.Open) this.openUntil = Date.now() + openMs;
      onState(tool, this.state);
    });
    this.bulkhead = bulkhead(maxConcurrent, maxWaiting);
    const backoff = new ExponentialBackoff({ initialDelay: firstPauseMs, maxDelay: PAUSE_MAX_MS });
    this.retry = retry(faults, { maxAttempts: retries, backoff }).dangerouslyUnref();
    onState(tool, 'closed');
  }

  /** Breaker state; also `half_open` when the next call would be the probe. */
  get state(): BreakerState {
    if (this.breaker.state === CircuitState.Closed) return 'closed';
    return this.breaker.state === CircuitState.Open && Date.now() < this.openUntil ? 'open' : 'half_open';
  }

  /**
   * Runs the work and ends when it does.
   * @param signal a waiting call does not begin after it has aborted
   * @throws AssentError `overloaded` when the call may not be made now; errors of `work`
   */
  async run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    return this.throughBreaker(() => this.inTurn(signal, work));
  }

  /**
   * Ends at the latest when the signal aborts, so that the breaker does not wait for a hanging probe. The work keeps its
   * place in the bulkhead until it ends.
   * @param retries whether to retry after transport faults; only for work without effects
   * @throws like `run`; the signal's reason
   */
  async runAbandoning<T>(signal: AbortSignal, retries: boolean, work: () => Promise<T>): Promise<T> {
    const once = () => this.throughBreaker(() => Promise.race([this.inTurn(signal, work), rejection(signal)]));
    return retries ? this.retry.execute(once, signal) : once();
  }

  private async throughBreaker<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await this.breaker.execute(work);
    } catch (thrown) {
      throw this.refusal(thrown) ?? thrown;
    }
  }

  /** Cockatiel's bulkhead drops the calls queued behind an aborted call, so it does not get the signal. */
  private inTurn<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    return this.bulkhead.execute(() => {
      signal.throwIfAborted();
      return work();
    });
  }

  private refusal(thrown: unknown): AssentError | null {
    const { tool, settings } = this;
    if (thrown instanceof Error && isBrokenCircuitError(thrown)) {
      const retryAfterSeconds = Math.max(1, Math.ceil((this.openUntil - Date.now()) / MS_PER_SECOND));
      return new AssentError(
        'overloaded',
        `The other side of ${tool} could not be reached ${settings.faultsToOpen} times or more in a row: it is not called until ` +
          `${new Date(this.openUntil).toISOString()}. Nothing was done; try again then.`,
        { tool, breaker: 'open', retryAfterSeconds, ...NOT_ATTEMPTED },
      );
    }
    if (thrown instanceof Error && isBulkheadRejectedError(thrown)) {
      return new AssentError(
        'overloaded',
        `${settings.maxConcurrent} calls of ${tool} are under way and ${settings.maxWaiting} wait already. Nothing was done; try again in a moment.`,
        { tool, retryAfterSeconds: 1, ...NOT_ATTEMPTED },
      );
    }
    return null;
  }
}
