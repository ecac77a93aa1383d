export { AssentClient, type ApprovalFilter, type CallOptions, type Page } from './assent.client';
export {
  AssentConnectionError,
  AssentGapError,
  AssentHttpError,
  AssentRpcError,
  type Problem,
  type RpcErrorData,
} from './errors';
export type { FrameOf, FramesOptions } from './frame.follower';
export type { TransportOptions as ClientOptions } from './http.transport';
