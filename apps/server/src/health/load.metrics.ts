import { Injectable, type OnModuleInit } from '@nestjs/common';
import { InjectMetric, makeGaugeProvider } from '@willsoto/nestjs-prometheus';
import type { Gauge } from 'prom-client';
import { EngineService } from '@assent/engine';
import { Config, Database, onScrape } from '@assent/platform';

const CONNECTIONS = 'assent_database_connections';
const ACTIVE_RUNS = 'assent_active_runs';
const REPLICA = 'assent_replica_info';

/** Gauges that are read on each scrape. */
@Injectable()
export class LoadMetrics implements OnModuleInit {
  constructor(
    @InjectMetric(CONNECTIONS) private readonly connections: Gauge<'state'>,
    @InjectMetric(ACTIVE_RUNS) private readonly activeRuns: Gauge,
    @InjectMetric(REPLICA) private readonly replica: Gauge<'replica'>,
    private readonly config: Config,
    private readonly database: Database,
    private readonly engine: EngineService,
  ) {}

  onModuleInit(): void {
    const { database, engine } = this;
    this.replica.set({ replica: this.config.replicaId }, 1);
    onScrape(this.connections, (gauge) => {
      const { total, idle, waiting } = database.connections;
      gauge.set({ state: 'open' }, total);
      gauge.set({ state: 'idle' }, idle);
      gauge.set({ state: 'waiting' }, waiting);
    });
    onScrape(this.activeRuns, (gauge) => {
      gauge.set(engine.activeRuns);
    });
  }
}

export const LOAD_METRIC_PROVIDERS = [
  makeGaugeProvider({ name: CONNECTIONS, help: 'Connections of the pool, by state', labelNames: ['state'] }),
  makeGaugeProvider({ name: ACTIVE_RUNS, help: 'Runs this replica works on' }),
  makeGaugeProvider({
    name: REPLICA,
    help: 'Always 1; the label is the id of this replica, as in its log',
    labelNames: ['replica'],
  }),
];
