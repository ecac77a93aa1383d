import { Inject, Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { AssentError, type ApprovalState } from '@assent/contract';
import { LOG, forAllTenants, type Log } from '@assent/platform';
import { FrameStreams, RunNotifier } from '@assent/runs';
import { approvalNotFound } from './decision.check';
import { ApprovalRepository, type AwaitedApproval } from './approval.repository';

/**
 * Why a wait ended: the final state of the approval, a revision, a question of a reviewer, or a wait that was given up
 * while the approval is pending.
 */
export type ApprovalWaitEnd =
  Exclude<ApprovalState, 'pending'> | 'revised' | 'questioned' | 'timeout' | 'aborted' | 'draining' | 'not_found';

export interface WaitedApproval {
  readonly tenantId: string;
  readonly approvalId: string;
  /** Another hash of the pending approval ends the wait as `revised`. Absent: the wait goes on. */
  readonly hash?: string;
  /** More questions of reviewers than these end the wait as `questioned`. Absent: the wait goes on. */
  readonly questions?: number;
  /** The wait goes on while another answer to a coding agent is being written, which may use up the approval. */
  readonly unserved?: boolean;
}

export interface WaitLimits {
  readonly withinMs: number;
  /** Aborted when nobody waits for the result any more: the client disconnected, or its credential ended. */
  readonly signal: AbortSignal;
}

interface Waiter extends WaitedApproval {
  /** Known after the first read; null: the approval has no run. */
  runId: string | null;
  /** Its timeout has passed: the next read is the last one. */
  isDue: boolean;
  readonly end: (why: ApprovalWaitEnd) => void;
}

/** Reads all awaited approvals, in one statement, in case a notification was lost. */
const RECHECK_MS = 5_000;

/**
 * Waits for the end of approvals. A change at any replica wakes the wait: by the notification of the changed approval, or
 * of its run. A draining replica ends its waits before it closes connections.
 */
@Injectable()
export class ApprovalWaits implements OnModuleInit, BeforeApplicationShutdown {
  /** By the id of the approval, and by that of its run. */
  private readonly waiters = new Map<string, Set<Waiter>>();
  private readonly unread = new Set<Waiter>();
  private timer: NodeJS.Timeout | undefined;
  private isReading = false;
  private isDraining = false;

  constructor(
    private readonly approvals: ApprovalRepository,
    private readonly notifier: RunNotifier,
    private readonly streams: FrameStreams,
    @Inject(LOG) private readonly log: Log,
  ) {}

  onModuleInit(): void {
    const wake = (ids: readonly string[]): void => {
      this.read(ids.flatMap((id) => [...(this.waiters.get(id) ?? [])]));
    };
    this.notifier.onApproval(wake);
    this.notifier.onChange(wake);
    this.timer = setInterval(() => {
      this.read([...this.waiters.values()].flatMap((waiters) => [...waiters]));
    }, RECHECK_MS);
  }

  beforeApplicationShutdown(): void {
    this.drain();
    clearInterval(this.timer);
  }

  /** Ends all waits as `draining`, and refuses new ones. */
  drain(): void {
    this.isDraining = true;
    for (const waiters of [...this.waiters.values()]) for (const waiter of [...waiters]) waiter.end('draining');
  }

  /**
   * Checks before work that only makes sense with a wait.
   * @throws AssentError draining, overloaded
   */
  requireCapacity(): void {
    if (this.isDraining) throw drainingError();
    this.streams.requireCapacity();
  }

  /**
   * Waits for the end of an approval. The wait counts as an open stream (MAX_STREAMS).
   * @throws AssentError not_found, draining, overloaded
   */
  async wait(approval: WaitedApproval, { withinMs, signal }: WaitLimits): Promise<ApprovalWaitEnd> {
    if (this.isDraining) throw drainingError();
    const release = this.streams.hold();
    let cleanUp = (): void => undefined;
    try {
      const why = await new Promise<ApprovalWaitEnd>((resolve) => {
        const waiter: Waiter = { ...approval, runId: null, isDue: false, end: resolve };
        const abort = (): void => {
          resolve('aborted');
        };
        const timer = setTimeout(() => {
          waiter.isDue = true;
          this.read([waiter]);
        }, withinMs);
        signal.addEventListener('abort', abort);
        cleanUp = () => {
          clearTimeout(timer);
          signal.removeEventListener('abort', abort);
          this.remove(waiter);
        };
        this.add(approval.approvalId, waiter);
        if (signal.aborted) abort();
        // After the registration, so that a change after this read notifies the waiter.
        else this.read([waiter]);
      });
      if (why === 'not_found') throw approvalNotFound(approval.approvalId);
      return why;
    } finally {
      cleanUp();
      release();
    }
  }

  private add(id: string, waiter: Waiter): void {
    this.waiters.set(id, (this.waiters.get(id) ?? new Set()).add(waiter));
  }

  private remove(waiter: Waiter): void {
    this.unread.delete(waiter);
    for (const id of [waiter.approvalId, waiter.runId ?? '']) {
      const waiters = this.waiters.get(id);
      waiters?.delete(waiter);
      if (waiters?.size === 0) this.waiters.delete(id);
    }
  }

  private read(waiters: readonly Waiter[]): void {
    for (const waiter of waiters) this.unread.add(waiter);
    if (this.unread.size === 0 || this.isReading) return;
    this.isReading = true;
    // One read serves the waits of all tenants.
    void forAllTenants(() => this.readAll());
  }

  /** One read at a time. Waiters woken in the meantime are read by the next one. */
  private async readAll(): Promise<void> {
    while (this.unread.size > 0) {
      const waiters = [...this.unread];
      this.unread.clear();
      try {
        const ids = [...new Set(waiters.map(({ approvalId }) => approvalId))];
        const found = new Map((await this.approvals.awaited(ids)).map((row) => [row.id, row]));
        for (const waiter of waiters) this.check(waiter, found.get(waiter.approvalId));
      } catch (err) {
        this.log.warn({ err }, 'could not read awaited approvals; the next check reads them again');
        for (const { isDue, end } of waiters) if (isDue) end('timeout');
      }
    }
    this.isReading = false;
  }

  private check(waiter: Waiter, row: AwaitedApproval | undefined): void {
    const why = row?.tenantId === waiter.tenantId ? endOf(waiter, row) : 'not_found';
    if (why !== null) {
      waiter.end(why);
      return;
    }
    if (waiter.runId !== null || !row?.runId || !this.waiters.get(waiter.approvalId)?.has(waiter)) return;
    waiter.runId = row.runId;
    this.add(row.runId, waiter);
    // The run may have changed the approval before it was registered.
    this.read([waiter]);
  }
}

/** Null: the wait goes on. */
function endOf(
  { hash, questions = Infinity, unserved = false, isDue }: Waiter,
  row: AwaitedApproval,
): ApprovalWaitEnd | null {
  if (unserved && row.isServing) return isDue ? 'timeout' : null;
  if (row.state !== 'pending') return row.state;
  if (row.questions > questions) return 'questioned';
  if (hash !== undefined && row.hash !== hash) return 'revised';
  return isDue ? 'timeout' : null;
}

function drainingError(): AssentError {
  return new AssentError('draining', 'This replica is shutting down. Send the request again, to another replica.');
}
