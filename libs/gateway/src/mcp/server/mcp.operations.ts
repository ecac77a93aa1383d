import type { MethodName, MethodParams, MethodResult } from '@assent/contract';

/** Operations with the rights of the caller. */
export interface McpOperations {
  readonly subject: string;
  /** @throws AssentError */
  readonly invoke: <M extends MethodName>(name: M, params: MethodParams<M>) => Promise<MethodResult<M>>;
}
