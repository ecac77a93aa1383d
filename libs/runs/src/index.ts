export { FrameAppender } from './frame.appender';
export { FRAMES, IDEMPOTENCY_KEYS, RUNS, STREAM_TICKETS, TENANT_PAUSES } from './runs.tables';
export { FrameHub } from './frame.hub';
export type { FrameLine } from './frame.line';
export { FramePages } from './frame.pages';
export type { FrameCursor, FrameLog, FreshFrames } from './frame.repository';
export type { FrameStream, StreamEncoding } from './frame.stream';
export { FrameStreams } from './frame.streams';
export { IdempotencyRepository, rememberKey, type IdempotencyScope } from './idempotency.repository';
export { deletePause, insertPause, notifyPause } from './pause.sql';
export { Pauses } from './pauses';
export { RunCommits, leaseLost, type RunChange } from './run.commit';
export { RunDispatcher, RunExecutor } from './run.dispatcher';
export {
  cancelRun,
  insertRun,
  lockWaitingRun,
  updateOwnedRun,
  parkRun,
  postponeRun,
  appendFramesWhileWaiting,
  appendFramesOnly,
  recordOutcome,
  resumeRun,
  type RunPatch,
} from './run.update';
export { RunHints } from './run.hints';
export { RunLeases, type ClaimedRun } from './run.leases';
export { runNotFound, streamPath, toWireRun, type RunHead, type RunRecord } from './run.record';
export { RunNotifier } from './run.notifier';
export { RunRepository, goalAndParams, requestedRuns, waitingRuns } from './run.repository';
export { RunsModule } from './runs.module';
export { ClientRedactor, Redaction } from './client.redactor';
export { StreamTicketRepository, TICKET_SECONDS, type StreamTicket } from './stream-ticket.repository';
