import { setTimeout as pause } from 'node:timers/promises';
import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { AssentError } from '@assent/contract';
import { EngineService } from '@assent/engine';
import { RequireAccess } from '@assent/identity';
import { Database, sql } from '@assent/platform';
import { WriteProbe } from './write.probe';

/** A database that answers more slowly than this cannot carry the service. */
const DATABASE_TIMEOUT_MS = 1_500;
/** The response of a ready replica, in the form that @nestjs/terminus gave it. */
const INDICATORS = { database: { status: 'up' } };
const READY = { status: 'ok', info: INDICATORS, error: {}, details: INDICATORS };

/** Whether the process is alive, and whether it should get traffic. */
@ApiTags('operations')
@Controller()
@RequireAccess('public')
export class HealthController {
  constructor(
    private readonly database: Database,
    private readonly engine: EngineService,
    private readonly writes: WriteProbe,
  ) {}

  /** Does not check the database, because restarting this process would not fix it. */
  @Get('livez')
  @ApiOperation({ summary: 'Whether the process is alive' })
  live(): { status: string } {
    return { status: 'ok' };
  }

  @Get('readyz')
  @ApiOperation({ summary: 'Whether it should get traffic' })
  async ready(): Promise<typeof READY> {
    if (this.engine.isDraining)
      throw new AssentError('draining', 'This replica is shutting down: send traffic elsewhere.');
    await this.ping();
    await this.writes.check();
    return READY;
  }

  private async ping(): Promise<void> {
    const timeout = pause(DATABASE_TIMEOUT_MS, undefined, { ref: false }).then(() => {
      throw new Error(`no answer within ${DATABASE_TIMEOUT_MS} ms`);
    });
    try {
      await Promise.race([this.database.queryDedicated(sql`select 1`), timeout]);
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
