import { Module } from '@nestjs/common';
import { PrometheusModule } from '@willsoto/nestjs-prometheus';
import { DATABASE_METRIC_PROVIDERS, DatabaseMetrics } from '@assent/platform';
import { MetricsController } from './metrics.controller';

/** GET /metrics and the process's own series; each lib adds its series where it counts. */
@Module({
  imports: [PrometheusModule.register({ controller: MetricsController, defaultMetrics: { enabled: true } })],
  providers: [DatabaseMetrics, ...DATABASE_METRIC_PROVIDERS],
})
export class MetricsModule {}
