import { Inject, Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { LOG, type Log } from '@assent/platform';
import { ClientCallRepository, type ClientCallRecord } from '@assent/tools';
import { ClientCallService } from './client-call.service';

const EVERY_MS = 2_000;
const BATCH = 50;

/** Ends calls that no client has answered in time. Safe on several replicas at once: the first one takes each. */
@Injectable()
export class ClientCallSweep {
  constructor(
    private readonly calls: ClientCallRepository,
    private readonly service: ClientCallService,
    @Inject(LOG) private readonly log: Log,
  ) {}

  @Interval(EVERY_MS)
  async sweep(): Promise<void> {
    try {
      for (const call of await this.calls.due(BATCH)) await this.expire(call);
    } catch (error) {
      this.log.warn({ err: error }, 'looking for calls that nobody answered failed; the next look tries again');
    }
  }

  /** One that cannot be ended holds up no other. */
  private async expire(call: ClientCallRecord): Promise<void> {
    try {
      await this.service.expire(call);
    } catch (error) {
      const { runId, requestId } = call;
      this.log.error({ err: error, runId, request: requestId }, 'a call could not be ended; the next look tries again');
    }
  }
}
