import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectMetric, makeCounterProvider, makeHistogramProvider } from '@willsoto/nestjs-prometheus';
import type { Counter, Histogram } from 'prom-client';
import { Database, type StatementKind } from '../database/database';
import { isTransient } from '../database/failure';

const SECONDS = 'assent_database_statement_seconds';
const ERRORS = 'assent_database_errors_total';
const GROUPS = 'assent_database_groups_total';
const GROUP_WAIT_SECONDS = 'assent_database_group_wait_seconds';

const KINDS: readonly StatementKind[] = ['shared', 'alone', 'transaction', 'group'];

/** Metrics of the statements sent to Postgres, including the wait for a connection. */
@Injectable()
export class DatabaseMetrics implements OnModuleInit {
  constructor(
    @InjectMetric(SECONDS) private readonly seconds: Histogram<'kind'>,
    @InjectMetric(ERRORS) private readonly errors: Counter<'kind'>,
    @InjectMetric(GROUPS) private readonly groups: Counter,
    @InjectMetric(GROUP_WAIT_SECONDS) private readonly groupWaitSeconds: Histogram,
    private readonly database: Database,
  ) {}

  onModuleInit(): void {
    // Label sets are resolved once: looking them up costs more than counting.
    const series = Object.fromEntries(KINDS.map((kind) => [kind, this.seconds.labels({ kind })])) as Record<
      StatementKind,
      ReturnType<Histogram['labels']>
    >;
    this.errors.inc({ kind: 'transient' }, 0);
    this.errors.inc({ kind: 'refused' }, 0);
    this.database.onGroup = (waitedMs) => {
      this.groups.inc();
      for (const ms of waitedMs) this.groupWaitSeconds.observe(ms / 1_000);
    };
    this.database.onStatement = (kind, ms, failure) => {
      series[kind].observe(ms / 1_000);
      if (isTransient(failure)) this.errors.inc({ kind: 'transient' });
      // Errors thrown by the work inside a transaction are not failures of the database; those of Postgres have a
      // severity.
      else if (failure instanceof Error && 'severity' in failure) this.errors.inc({ kind: 'refused' });
    };
  }
}

export const DATABASE_METRIC_PROVIDERS = [
  makeHistogramProvider({
    name: SECONDS,
    help: 'Seconds from a statement, or a transaction around an effect, to its result, including the wait for a connection',
    labelNames: ['kind'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 20],
  }),
  makeCounterProvider({
    name: GROUPS,
    help: 'Transactions that committed one run, or several of one tenant',
  }),
  makeHistogramProvider({
    name: GROUP_WAIT_SECONDS,
    help: 'Seconds a commit of a run waited for the transaction before it',
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1],
  }),
  makeCounterProvider({
    name: ERRORS,
    help: 'Failed statements: transient (connection, resources, conflicts) or refused by the database',
    labelNames: ['kind'],
  }),
];
