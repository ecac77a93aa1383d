import type { MethodName, MethodParams, MethodResult } from '@assent/contract';
import type { CallContext } from './call.context';

/** Carries out one row of the method table. Params were validated against the table before. */
export type MethodHandler<M extends MethodName> = (
  params: MethodParams<M>,
  context: CallContext,
) => Promise<MethodResult<M>>;

/** One handler for each of these rows: a missing or a surplus one does not compile. */
export type MethodHandlers<Rows> = { readonly [M in keyof Rows & MethodName]: MethodHandler<M> };
