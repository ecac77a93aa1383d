import { Controller, Get, Module, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { PrometheusController, PrometheusModule } from '@willsoto/nestjs-prometheus';
import { RequireAccess } from '@assent/identity';
import { DATABASE_METRIC_PROVIDERS, DatabaseMetrics } from '@assent/platform';

interface TextReply {
  header(name: string, value: string): unknown;
}

@ApiTags('operations')
@Controller()
class MetricsController extends PrometheusController {
  @Get()
  @RequireAccess('public')
  @ApiOperation({ summary: 'Metrics for Prometheus' })
  override index(@Res({ passthrough: true }) reply: TextReply): Promise<string> {
    return super.index(reply);
  }
}

/** GET /metrics and the process's own series; each lib adds its series where it counts. */
@Module({
  imports: [PrometheusModule.register({ controller: MetricsController, defaultMetrics: { enabled: true } })],
  providers: [DatabaseMetrics, ...DATABASE_METRIC_PROVIDERS],
})
export class MetricsModule {}
