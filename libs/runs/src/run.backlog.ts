import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectMetric, makeGaugeProvider } from '@willsoto/nestjs-prometheus';
import type { Gauge } from 'prom-client';
import { Cached, Database, LOG, SCRAPE_MAX_AGE_MS, onScrape, sql, type Log } from '@assent/platform';
import { IS_PAUSED } from './pause.sql';

const RUNS = 'assent_runs';
const OLDEST = 'assent_run_oldest_seconds';
const RETRYING = 'assent_run_retrying_seconds';
const OVERDUE = 'assent_run_lease_overdue_seconds';
const PAUSED = 'assent_paused_tenants';

interface Backlog {
  readonly queued: number;
  readonly paused: number;
  readonly running: number;
  readonly waiting: number;
  readonly oldestQueued: number;
  readonly overdue: number;
  readonly retrying: number;
  readonly pausedTenants: number;
}

/**
 * The backlog over all replicas and tenants: each replica reports the same values, so take the maximum, never the sum.
 */
@Injectable()
export class RunBacklog implements OnModuleInit {
  private readonly backlog: Cached<Backlog>;

  constructor(
    @InjectMetric(RUNS) private readonly runs: Gauge<'state'>,
    @InjectMetric(OLDEST) private readonly oldest: Gauge<'state'>,
    @InjectMetric(OVERDUE) private readonly overdue: Gauge,
    @InjectMetric(RETRYING) private readonly retrying: Gauge,
    @InjectMetric(PAUSED) private readonly paused: Gauge,
    private readonly database: Database,
    @Inject(LOG) log: Log,
  ) {
    this.backlog = new Cached(
      () => this.read(),
      SCRAPE_MAX_AGE_MS,
      (err) => {
        log.warn({ err }, 'could not read the backlog of runs; its metrics keep the last values');
      },
    );
  }

  onModuleInit(): void {
    onScrape(this.runs, (gauge) =>
      this.report(({ queued, paused, running, waiting }) => {
        gauge.set({ state: 'queued' }, queued);
        gauge.set({ state: 'paused' }, paused);
        gauge.set({ state: 'running' }, running);
        gauge.set({ state: 'waiting' }, waiting);
      }),
    );
    onScrape(this.oldest, (gauge) =>
      this.report(({ oldestQueued }) => {
        gauge.set({ state: 'queued' }, oldestQueued);
      }),
    );
    onScrape(this.overdue, (gauge) =>
      this.report(({ overdue }) => {
        gauge.set(overdue);
      }),
    );
    onScrape(this.paused, (gauge) =>
      this.report(({ pausedTenants }) => {
        gauge.set(pausedTenants);
      }),
    );
    onScrape(this.retrying, (gauge) =>
      this.report(({ retrying }) => {
        gauge.set(retrying);
      }),
    );
  }

  private async report(set: (backlog: Backlog) => void): Promise<void> {
    const backlog = await this.backlog.get();
    if (backlog) set(backlog);
  }

  /**
   * Two branches, each with the predicate of a partial index: ended runs are never read, and waiting runs, which can be
   * numerous, are counted in the index.
   */
  private async read(): Promise<Backlog> {
    const [row] = await this.database.queryDedicated<Backlog>(sql`
      select * from (
        select count(*) filter (where state = 'queued' and not is_paused)::integer as queued,
          count(*) filter (where state = 'queued' and is_paused)::integer as paused,
          count(*) filter (where state = 'running')::integer as running,
          coalesce(extract(epoch from now() - min(updated_at) filter (where state = 'queued' and not is_paused)), 0)::float8 as "oldestQueued",
          coalesce(extract(epoch from now() - min(lease_until) filter (where state = 'running' and lease_until < now())), 0)::float8 as overdue,
          coalesce(extract(epoch from now() - min(troubled_at) filter (where not is_paused)), 0)::float8 as retrying
        from (select *, ${IS_PAUSED} as is_paused from runs where state in ('queued', 'running')) live
      ) active, (
        select count(*)::integer as waiting from runs where state = 'waiting'
      ) waiting, (
        select count(*)::integer as "pausedTenants" from tenant_pauses
      ) pauses`);
    if (!row) throw new Error('counting runs gave no row');
    return row;
  }
}

export const RUN_BACKLOG_PROVIDERS = [
  RunBacklog,
  makeGaugeProvider({
    name: RUNS,
    help: 'Runs that have not ended, of all replicas: take the maximum over replicas',
    labelNames: ['state'],
  }),
  makeGaugeProvider({
    name: OLDEST,
    help: 'Seconds since the last change of the run that has been in this state longest: take the maximum over replicas',
    labelNames: ['state'],
  }),
  makeGaugeProvider({
    name: OVERDUE,
    help: 'Seconds since the expiry of the oldest lease whose run has not been taken over; 0: no such run',
  }),
  makeGaugeProvider({
    name: RETRYING,
    help: 'Seconds for which the longest-failing run has been failing; 0: no such run',
  }),
  makeGaugeProvider({
    name: PAUSED,
    help: 'Tenants that are paused: take the maximum over replicas',
  }),
];
