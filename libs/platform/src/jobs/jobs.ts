import { Inject, Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import PgBoss from 'pg-boss';
import { DataSource } from 'typeorm';
import { LOG, type Log } from '../telemetry/log';
import { JOBS_SCHEMA } from './queues';

/** Looking after the queue needs no more; it never competes with the pool that serves calls. */
const POOL_SIZE = 2;
/** Between two looks for jobs whose worker died, by one replica for all. */
const MAINTENANCE_SECONDS = 30;
/** Jobs that ended stay this long, for whoever asks what became of one. */
const KEEP_ENDED_SECONDS = 172_800;

/**
 * Looks after the job queue in Postgres (pg-boss): jobs whose worker died are given out again, old ones are cleared away. Jobs
 * are made by the statement of the change they follow from (`insertJobs`) and taken by whose they are (docs/adr/0010).
 */
@Injectable()
export class Jobs implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly boss: PgBoss;

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
      schedule: false, // nothing here runs by pg-boss's clock
      maintenanceIntervalSeconds: MAINTENANCE_SECONDS,
      archiveCompletedAfterSeconds: KEEP_ENDED_SECONDS,
    });
    this.boss.on('error', (error) => {
      this.log.warn({ err: error }, 'the job queue could not be looked after; the next look tries again');
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.boss.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.boss.stop({ graceful: false });
  }
}
