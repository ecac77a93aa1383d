import { Injectable } from '@nestjs/common';
import { Config, Sweeper } from '@assent/platform';
import { GatewayCallRepository } from './gateway-call.repository';

const EVERY_MS = 60_000;
/** Maximum number of calls per step, small because each step is one transaction. */
const CALLS_AT_ONCE = 500;
/**
 * Retention periods of frames for which calls are kept: in the second one, an equal call learns that the result was
 * deleted.
 */
const PERIODS = 2;

/** Deletes calls whose result was deleted long ago. Safe on several replicas at once. */
@Injectable()
export class GatewayHousekeeping {
  constructor(calls: GatewayCallRepository, { env: { FRAME_RETENTION_DAYS: days } }: Config, sweeper: Sweeper) {
    sweeper.steps({
      name: 'gateway_calls',
      everyMs: EVERY_MS,
      step: async () => (await calls.purge(days * PERIODS, CALLS_AT_ONCE)) === CALLS_AT_ONCE,
    });
  }
}
