/** All types of the wire. */
export type * from '@assent/contract';
export { AssentClient, type StartOptions, type TenantHint, type TenantOptions } from './assent.client';
export type { CallOptions } from './caller';
export type { ApprovalFilter, ApprovalRevision, Approvals, DecisionOptions } from './approvals';
export type { Credential } from './credential';
export {
  AssentConnectionError,
  AssentError,
  AssentGapError,
  AssentHttpError,
  AssentRpcError,
  AssentRunError,
  type Problem,
  type RpcErrorData,
} from './errors';
export type { ClientOptions, EventSourceConstructor } from './http.transport';
export type { ConnectionState, FollowOptions } from './log.follower';
export type { DecisionFrame, Run } from './run';
export type { RunStore, StreamStatus } from './run.store';
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
export { VERSION, isNewer } from './version';
