import type { MethodName, MethodParams, MethodResult } from '@assent/contract';
import type { CallContext } from './call.context';

/** Carries out one row of the method table. The params were already validated against the table. */
export type MethodHandler<M extends MethodName> = (
  params: MethodParams<M>,
  context: CallContext,
) => Promise<MethodResult<M>>;

/** One handler for each of these rows: a missing or surplus one is a compile error. */
export type MethodHandlers<Rows> = { readonly [M in keyof Rows & MethodName]: MethodHandler<M> };
