import { Module } from '@nestjs/common';
import { OutboxModule } from '@assent/outbox';
import { FrameAppender } from './frame.appender';
import { FrameHub } from './frame.hub';
import { FramePages } from './frame.pages';
import { FrameRepository } from './frame.repository';
import { FrameStreams } from './frame.streams';
import { Housekeeping } from './housekeeping';
import { IdempotencyRepository } from './idempotency.repository';
import { Pauses } from './pauses';
import { RUN_BACKLOG_PROVIDERS } from './run.backlog';
import { RunCommits } from './run.commit';
import { RunDispatcher } from './run.dispatcher';
import { RunHints } from './run.hints';
import { RunLeases } from './run.leases';
import { RUN_METRIC_PROVIDERS, RunMetrics } from './run.metrics';
import { RunNotifier } from './run.notifier';
import { RunRepository } from './run.repository';
import { ClientRedactor } from './client.redactor';
import { STREAM_METRIC_PROVIDERS, StreamMetrics } from './stream.metrics';
import { StreamTicketRepository } from './stream-ticket.repository';

const SERVICES = [
  FrameAppender,
  FrameHub,
  FramePages,
  FrameStreams,
  IdempotencyRepository,
  Pauses,
  RunCommits,
  RunDispatcher,
  RunHints,
  RunLeases,
  RunNotifier,
  RunRepository,
  ClientRedactor,
  StreamTicketRepository,
];

/** The run record and its frame log. */
@Module({
  imports: [OutboxModule],
  providers: [
    ...SERVICES,
    FrameRepository,
    Housekeeping,
    RunMetrics,
    StreamMetrics,
    ...RUN_BACKLOG_PROVIDERS,
    ...RUN_METRIC_PROVIDERS,
    ...STREAM_METRIC_PROVIDERS,
  ],
  exports: SERVICES,
})
export class RunsModule {}
