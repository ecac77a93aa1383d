import type { MethodName, MethodParams, MethodResult, Principal } from '@assent/contract';
import type { Log } from '@assent/platform';

/** Who calls, and how to find the call again. */
export interface CallContext {
  readonly principal: Principal;
  readonly requestId: string;
  /** The W3C trace context that the caller sent, if it is one. */
  readonly traceparent: string | null;
  readonly log: Log;
  /** Aborted when the client has gone; made on first use, because most calls never look. */
  closed(): AbortSignal;
}

/** One row of the method table, carried out. Params were validated against the table before. */
export interface RpcHandler<M extends MethodName> {
  handle(params: MethodParams<M>, context: CallContext): Promise<MethodResult<M>>;
}
