import type PgBoss from 'pg-boss';
import type { Log } from '../telemetry/log';
import type { QueueName } from './queues';

export interface WorkOptions {
  /** Jobs this replica works on at the same time. */
  readonly concurrency: number;
  /** Milliseconds between two looks while there is nothing to do. */
  readonly pollMs: number;
}

/** @param signal aborted when the server shuts down: what is then given up is tried again elsewhere */
export type JobHandler<Data extends object> = (data: Data, signal: AbortSignal) => Promise<void>;

/** Fetches the jobs of one queue and works on them; one that fails is given back to be tried again. */
export class JobWorker {
  private readonly inHand = new Set<Promise<void>>();
  private readonly stopping = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> = Promise.resolve();

  constructor(
    private readonly boss: PgBoss,
    private readonly log: Log,
    private readonly options: WorkOptions & { readonly queue: QueueName },
    private readonly handler: JobHandler<object>,
  ) {}

  start(): void {
    this.schedule(0);
  }

  /** Idempotent; resolves when nothing is in hand. */
  async stop(): Promise<void> {
    this.stopping.abort(new Error('the server shuts down'));
    clearTimeout(this.timer);
    await this.looking;
    await Promise.all(this.inHand);
  }

  private schedule(delayMs: number): void {
    if (this.stopping.signal.aborted) return;
    this.timer = setTimeout(() => {
      this.looking = this.look();
    }, delayMs);
  }

  private async look(): Promise<void> {
    const { queue, concurrency, pollMs } = this.options;
    const free = concurrency - this.inHand.size;
    let found = 0;
    try {
      const jobs = free > 0 ? await this.boss.fetch<object>(queue, { batchSize: free }) : [];
      found = jobs.length;
      for (const job of jobs) {
        const work = this.carryOut(job).finally(() => this.inHand.delete(work));
        this.inHand.add(work);
      }
    } catch (error) {
      this.log.warn({ err: error, queue }, 'looking for jobs failed; the next look tries again');
    }
    this.schedule(found > 0 && found === free ? 0 : pollMs);
  }

  /** Never rejects. A job whose end could not be written is taken for dead when its time is up, and tried again. */
  private async carryOut({ id, data }: PgBoss.Job): Promise<void> {
    const { queue } = this.options;
    try {
      try {
        await this.handler(data, this.stopping.signal);
      } catch (error) {
        this.log.warn({ err: error, queue, jobId: id }, 'a job failed; it is tried again');
        await this.boss.fail(queue, id, { message: error instanceof Error ? error.message : 'failed' });
        return;
      }
      await this.boss.complete(queue, id);
    } catch (error) {
      this.log.warn({ err: error, queue, jobId: id }, 'the end of a job could not be written; it is tried again');
    }
  }
}
