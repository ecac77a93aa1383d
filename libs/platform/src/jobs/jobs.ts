import {
  Inject,
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import PgBoss from 'pg-boss';
import { DataSource } from 'typeorm';
import { LOG, type Log } from '../telemetry/log';
import { JobWorker, type JobHandler, type WorkOptions } from './job.worker';
import { JOBS_SCHEMA, type QueueName } from './queues';

/** Looking for work and reporting it needs no more; it never competes with the pool that serves calls. */
const POOL_SIZE = 2;
/** Between two looks for jobs whose worker died, by one replica for all. */
const MAINTENANCE_SECONDS = 30;
/** Jobs that ended stay this long: longer than the longest slot of `every`, which they keep taken. */
const KEEP_ENDED_SECONDS = 172_800;
const MS_PER_SECOND = 1_000;

/**
 * The job queue, in Postgres (pg-boss). Its own `work` is not used: it does not wait for its last statement, so that a
 * database that goes away at that moment would end the process.
 */
@Injectable()
export class Jobs implements OnApplicationBootstrap, OnModuleDestroy, BeforeApplicationShutdown {
  private readonly boss: PgBoss;
  private readonly workers: JobWorker[] = [];
  private readonly timers: NodeJS.Timeout[] = [];
  private running = false;

  constructor(
    dataSource: DataSource,
    @Inject(LOG) private readonly log: Log,
  ) {
    const { url = '' } = dataSource.options as { readonly url?: string };
    this.boss = new PgBoss({
      connectionString: url,
      schema: JOBS_SCHEMA,
      max: POOL_SIZE,
      application_name: 'assent-jobs',
      migrate: false, // the migration step has done it
      schedule: false, // `every` needs no clock of its own, and pg-boss's has the flaw of its `work`
      maintenanceIntervalSeconds: MAINTENANCE_SECONDS,
      archiveCompletedAfterSeconds: KEEP_ENDED_SECONDS,
    });
    this.boss.on('error', (error) => {
      this.log.warn({ err: error }, 'the job queue could not be looked after; the next look tries again');
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.boss.start();
    this.running = true;
    for (const worker of this.workers) worker.start();
  }

  /** Works on the jobs of a queue from now on, or from the start of the server. A handler that rejects fails its job, which is tried again. */
  work<Data extends object>(queue: QueueName, options: WorkOptions, handler: JobHandler<Data>): void {
    const worker = new JobWorker(this.boss, this.log, { queue, ...options }, handler as JobHandler<object>);
    this.workers.push(worker);
    if (this.running) worker.start();
  }

  /**
   * Makes one job for each `slotSeconds` (at most a day) and key, on all replicas together. @param key tells several kinds
   * in one queue apart, e.g. a tenant
   */
  every(queue: QueueName, slotSeconds: number, jobs: () => Promise<readonly { key: string; data: object }[]>): void {
    const offer = async (): Promise<void> => {
      if (!this.running) return;
      try {
        for (const { key, data } of await jobs()) await this.once(queue, slotSeconds, key, data);
      } catch (error) {
        this.log.warn({ err: error, queue }, 'the jobs of this slot could not be made; the next look tries again');
      }
    };
    // Several looks a slot: a replica that starts late, or failed, must not leave one out.
    this.timers.push(setInterval(() => void offer(), (slotSeconds * MS_PER_SECOND) / 4));
  }

  /** @returns the id of the job, or null when this slot has had one for this key */
  once(queue: QueueName, slotSeconds: number, key: string, data: object): Promise<string | null> {
    return this.boss.send(queue, data, { singletonKey: key, singletonSeconds: slotSeconds });
  }

  /** A job for as soon as possible. For one that has to commit with something else, write `insertJobs` into its statement. */
  send(queue: QueueName, data: object): Promise<string | null> {
    return this.boss.send(queue, data);
  }

  /** Takes no more work, and waits for what is in hand. */
  async onModuleDestroy(): Promise<void> {
    this.running = false;
    for (const timer of this.timers) clearInterval(timer);
    await Promise.all(this.workers.map((worker) => worker.stop()));
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.boss.stop({ graceful: false });
  }
}
