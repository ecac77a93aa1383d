export { AssentClient, type ApprovalFilter, type CallOptions, type Page } from './assent.client';
export {
  AssentConnectionError,
  AssentGapError,
  AssentHttpError,
  AssentRpcError,
  type Problem,
  type RpcErrorData,
} from './errors';
export type { FramesOptions } from './frame.follower';
export type { TransportOptions as ClientOptions } from './http.transport';
export {
  EMPTY_VIEW,
  MAX_CALLS,
  MAX_TRACE_CHUNKS,
  isKnown,
  reduce,
  viewOf,
  type ApprovalView,
  type AssumptionView,
  type CallView,
  type DiffView,
  type FrameOf,
  type GuardView,
  type RunView,
  type SearchView,
  type TraceChunk,
  type TraceView,
  type UnknownFrame,
} from './run.view';
