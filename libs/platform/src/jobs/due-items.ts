import { isTransient } from '../database/failure';
import type { Log } from '../telemetry/log';
import type { Pass } from './sweep';

const BATCH = 50;
/** Maximum number of items of one pass; the next pass continues. */
const PASS_MAX_ITEMS = 10_000;
const FIRST_PAUSE_MS = 2_000;
const MAX_PAUSE_MS = 300_000;
/**
 * Maximum number of failing items that are remembered; beyond it, those that failed least recently are retried too
 * early.
 */
const MAX_REMEMBERED = 10_000;
/** Attempts after which an item counts as failing: the first failure may be a lost race with another replica. */
const FAILING_FROM = 3;

/** A source of due items, and their handler. */
export interface ItemWork<T> {
  readonly batch?: number;
  readonly firstPauseMs?: number;
  /** Due items. MUST exclude those with a key in `except`. */
  find(limit: number, except: readonly string[]): Promise<readonly T[]>;
  keyOf(item: T): string;
  /** @returns false: nothing was changed. An item that another replica handled is not found again. */
  handle(item: T): Promise<boolean>;
}

interface Failing {
  readonly attempts: number;
  readonly notBefore: number;
}

/**
 * Handles due items in passes. A failing item is set aside for pauses that double, so that any number of them delay no
 * other. Failures are remembered in this process only; each replica finds them independently.
 */
export class DueItems<T> implements Pass {
  private readonly remembered = new Map<string, Failing>();

  constructor(
    private readonly work: ItemWork<T>,
    private readonly log: Log,
    private readonly now: () => number = Date.now,
  ) {}

  get failing(): number {
    return [...this.remembered.values()].filter(({ attempts }) => attempts >= FAILING_FROM).length;
  }

  async run(signal: AbortSignal): Promise<void> {
    const began = this.now();
    const attempted = new Set<string>();
    const batch = this.work.batch ?? BATCH;
    for (let goesOn = true; goesOn;) {
      const due = await this.work.find(batch, [...attempted, ...this.pausedAt(began)]);
      const isReachable = await this.attemptAll(due, attempted, signal);
      if (signal.aborted) return;
      if (due.length < batch) this.forget(began, attempted);
      goesOn = due.length === batch && isReachable && attempted.size < PASS_MAX_ITEMS;
    }
  }

  /** @returns false: the database may be unavailable, so the next batch waits for the next pass */
  private async attemptAll(due: readonly T[], attempted: Set<string>, signal: AbortSignal): Promise<boolean> {
    let isReachable = true;
    for (const item of due) {
      if (signal.aborted) break;
      const key = this.work.keyOf(item);
      attempted.add(key);
      try {
        if (await this.work.handle(item)) this.remembered.delete(key);
        else this.setAside(key, null);
      } catch (error) {
        this.setAside(key, error);
        if (isTransient(error)) isReachable = false;
      }
    }
    return isReachable;
  }

  private setAside(key: string, error: unknown): void {
    const attempts = (this.remembered.get(key)?.attempts ?? 0) + 1;
    const pauseMs = Math.min(MAX_PAUSE_MS, (this.work.firstPauseMs ?? FIRST_PAUSE_MS) * 2 ** (attempts - 1));
    // Inserted again, so that the first key is the one that failed least recently.
    this.remembered.delete(key);
    this.remembered.set(key, { attempts, notBefore: this.now() + pauseMs });
    const [oldest] = this.remembered.keys();
    if (this.remembered.size > MAX_REMEMBERED && oldest !== undefined) this.remembered.delete(oldest);
    const details = { item: key, attempts, pauseMs };
    if (error !== null) {
      this.log.error({ err: error, ...details }, 'a due item failed and will be retried');
    } else if (attempts > 1) {
      this.log.warn(details, 'a due item did not change and will be retried');
    }
  }

  private pausedAt(time: number): string[] {
    return [...this.remembered].filter(([, { notBefore }]) => notBefore > time).map(([key]) => key);
  }

  /** A failing item whose pause is over and that was not found is not due any more. */
  private forget(began: number, attempted: ReadonlySet<string>): void {
    for (const [key, { notBefore }] of this.remembered) {
      if (notBefore <= began && !attempted.has(key)) this.remembered.delete(key);
    }
  }
}
