import { Controller, Get } from '@nestjs/common';
import { HealthCheckService, TypeOrmHealthIndicator, type HealthCheckResult } from '@nestjs/terminus';
import { AssentError } from '@assent/contract';
import { EngineService } from '@assent/engine';
import { RequireAccess } from '@assent/platform';

/** A database that answers more slowly than this cannot carry the service. */
const DATABASE_TIMEOUT_MS = 1_500;

/** Is the process alive; should it get traffic. */
@Controller()
@RequireAccess('public')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly database: TypeOrmHealthIndicator,
    private readonly engine: EngineService,
  ) {}

  /** Says nothing about the database: restarting this process would not mend it. */
  @Get('livez')
  live(): { status: string } {
    return { status: 'ok' };
  }

  @Get('readyz')
  async ready(): Promise<HealthCheckResult> {
    if (this.engine.isDraining)
      throw new AssentError('draining', 'This replica is shutting down: send traffic elsewhere.');
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
