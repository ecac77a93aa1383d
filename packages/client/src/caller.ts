import type { MethodName, MethodParams, MethodResult } from '@assent/contract';

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /**
   * The call is idempotent, so it is repeated when the server cannot be reached or is busy. Default: for reads, decisions,
   * and starts with an idempotency key.
   */
  readonly isRepeatable?: boolean;
}

/** Calls methods of the method table. */
export interface Caller {
  call<M extends MethodName>(method: M, params: MethodParams<M>, options?: CallOptions): Promise<MethodResult<M>>;
}
