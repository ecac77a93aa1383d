import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { HealthCheckService, TypeOrmHealthIndicator, type HealthCheckResult } from '@nestjs/terminus';
import { AssentError } from '@assent/contract';
import { EngineService } from '@assent/engine';
import { RequireAccess } from '@assent/identity';
import { WriteProbe } from './write.probe';

/** A database that answers more slowly than this cannot carry the service. */
const DATABASE_TIMEOUT_MS = 1_500;

/** Is the process alive; should it get traffic. */
@ApiTags('operations')
@Controller()
@RequireAccess('public')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly database: TypeOrmHealthIndicator,
    private readonly engine: EngineService,
    private readonly writes: WriteProbe,
  ) {}

  /** Says nothing about the database: restarting this process would not fix it. */
  @Get('livez')
  @ApiOperation({ summary: 'Whether the process is alive' })
  live(): { status: string } {
    return { status: 'ok' };
  }

  @Get('readyz')
  @ApiOperation({ summary: 'Whether it should get traffic' })
  async ready(): Promise<HealthCheckResult> {
    if (this.engine.isDraining)
      throw new AssentError('draining', 'This replica is shutting down: send traffic elsewhere.');
    const health = await this.ping();
    await this.writes.check();
    return health;
  }

  private async ping(): Promise<HealthCheckResult> {
    try {
      return await this.health.check([() => this.database.pingCheck('database', { timeout: DATABASE_TIMEOUT_MS })]);
    } catch (error) {
      throw new AssentError(
        'overloaded',
        'The database does not answer: look at /metrics and at the database.',
        {},
        { cause: error },
      );
    }
  }
}
