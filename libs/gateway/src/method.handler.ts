import type { MethodName, MethodParams, MethodResult } from '@assent/contract';
import type { CallContext } from './call.context';

/** Executes one row of the method table. The params are already validated against the table. */
export type MethodHandler<M extends MethodName> = (
  params: MethodParams<M>,
  context: CallContext,
) => Promise<MethodResult<M>>;

/** One handler for each of these rows. A missing or surplus handler is a compile error. */
export type MethodHandlers<Rows> = { readonly [M in keyof Rows & MethodName]: MethodHandler<M> };
