import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectMetric, makeGaugeProvider } from '@willsoto/nestjs-prometheus';
import type { Gauge } from 'prom-client';
import { Cached, Database, LOG, SCRAPE_MAX_AGE_MS, onScrape, sql, type Log } from '@assent/platform';

const PENDING = 'assent_approvals_pending';
const OLDEST = 'assent_approval_oldest_seconds';
const OVERDUE = 'assent_approval_overdue_seconds';

interface Backlog {
  readonly pending: number;
  readonly oldest: number;
  readonly overdue: number;
}

/**
 * Counts approvals that wait for a person, over all replicas and tenants. Each replica reports the same values, so take
 * the maximum.
 */
@Injectable()
export class ApprovalBacklog implements OnModuleInit {
  private readonly backlog: Cached<Backlog>;

  constructor(
    @InjectMetric(PENDING) private readonly pending: Gauge,
    @InjectMetric(OLDEST) private readonly oldest: Gauge,
    @InjectMetric(OVERDUE) private readonly overdue: Gauge,
    private readonly database: Database,
    @Inject(LOG) log: Log,
  ) {
    this.backlog = new Cached(
      () => this.read(),
      SCRAPE_MAX_AGE_MS,
      (err) => {
        log.warn({ err }, 'could not count the pending approvals; their metrics keep the last values');
      },
    );
  }

  onModuleInit(): void {
    for (const name of ['pending', 'oldest', 'overdue'] as const) {
      onScrape(this[name], async (gauge) => {
        const backlog = await this.backlog.get();
        if (backlog) gauge.set(backlog[name]);
      });
    }
  }

  /** The predicate matches the index approvals_pending, so decided approvals are not read. */
  private async read(): Promise<Backlog> {
    const [row] = await this.database.queryDedicated<Backlog>(sql`
      select count(*)::integer as pending, coalesce(extract(epoch from now() - min(created_at)), 0)::float8 as oldest,
        greatest(0, coalesce(extract(epoch from now() - min(expires_at)), 0))::float8 as overdue
      from approvals where state = 'pending'`);
    if (!row) throw new Error('counting approvals gave no row');
    return row;
  }
}

export const APPROVAL_BACKLOG_PROVIDERS = [
  ApprovalBacklog,
  makeGaugeProvider({ name: PENDING, help: 'Approvals that wait for a person: take the maximum over replicas' }),
  makeGaugeProvider({ name: OLDEST, help: 'Seconds the oldest pending approval has been waiting' }),
  makeGaugeProvider({
    name: OVERDUE,
    help: 'Seconds since the first pending approval should have expired; 0 if none is overdue',
  }),
];
