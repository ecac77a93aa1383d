export { FrameAppender } from './frame.appender';
export { FrameEntity } from './frame.entity';
export { FrameHub } from './frame.hub';
export type { FrameLine } from './frame.line';
export { FramePages } from './frame.pages';
export type { FrameCursor, FrameLog, FreshFrames } from './frame.repository';
export type { FrameStream, StreamEncoding } from './frame.stream';
export { FrameStreams } from './frame.streams';
export { IdempotencyKeyEntity } from './idempotency-key.entity';
export { IdempotencyRepository, rememberKey, type IdempotencyScope } from './idempotency.repository';
export { RunCommits, leaseLost, type RunChange } from './run.commit';
export { RunEntity } from './run.entity';
export { RunHandoff, type RunTaker } from './run.handoff';
export {
  holdCancelled,
  holdNew,
  holdOwned,
  holdStill,
  holdTold,
  holdVerdict,
  holdWaiting,
  type RunPatch,
} from './run.hold';
export { RunLeases, type ClaimedRun } from './run.leases';
export { streamPath, toWireRun, type RunHead, type RunRecord } from './run.record';
export { RunRepository } from './run.repository';
export { RunsModule } from './runs.module';
export { StreamTicketEntity } from './stream-ticket.entity';
export { StreamTicketRepository, TICKET_SECONDS } from './stream-ticket.repository';
