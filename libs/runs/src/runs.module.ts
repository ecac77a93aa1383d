import { Module } from '@nestjs/common';
import { FrameAppender } from './frame.appender';
import { FrameHub } from './frame.hub';
import { FramePages } from './frame.pages';
import { FrameRepository } from './frame.repository';
import { FrameStreams } from './frame.streams';
import { Housekeeping } from './housekeeping';
import { IdempotencyRepository } from './idempotency.repository';
import { RUN_BACKLOG_PROVIDERS } from './run.backlog';
import { RunCommits } from './run.commit';
import { RunHandoff } from './run.handoff';
import { RunLeases } from './run.leases';
import { RUN_METRIC_PROVIDERS, RunMetrics } from './run.metrics';
import { RunNotifier } from './run.notifier';
import { RunRepository } from './run.repository';
import { STREAM_METRIC_PROVIDERS, StreamMetrics } from './stream.metrics';
import { StreamTicketRepository } from './stream-ticket.repository';

const SERVICES = [
  FrameAppender,
  FrameHub,
  FramePages,
  FrameStreams,
  IdempotencyRepository,
  RunCommits,
  RunHandoff,
  RunLeases,
  RunRepository,
  StreamTicketRepository,
];

/** The run record and its frame log. */
@Module({
  providers: [
    ...SERVICES,
    FrameRepository,
    Housekeeping,
    RunMetrics,
    RunNotifier,
    StreamMetrics,
    ...RUN_BACKLOG_PROVIDERS,
    ...RUN_METRIC_PROVIDERS,
    ...STREAM_METRIC_PROVIDERS,
  ],
  exports: SERVICES,
})
export class RunsModule {}
