import { Inject, Injectable } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { LOG, type Log } from '@assent/platform';
import { ClientCallRepository } from '@assent/tools';
import { ClientCallService } from './client-call.service';
import { endDue } from '../due.sweep';

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
    await endDue(
      'calls that nobody answered',
      () => this.calls.due(BATCH),
      (due) => this.service.expire(due),
      this.log,
    );
  }
}
