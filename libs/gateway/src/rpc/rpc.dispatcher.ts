import { Injectable } from '@nestjs/common';
import {
  METHODS,
  STARTING_METHODS,
  AssentError,
  isMethodName,
  type MethodName,
  type MethodParams,
  type MethodResult,
} from '@assent/contract';
import { requireScope } from '@assent/identity';
import { traced, type OpenSpan } from '@assent/platform';
import { EngineService } from '@assent/engine';
import type { CallContext } from '../call.context';
import { toPublicError } from '../http/public.error';
import type { RequestId, RpcCall } from './envelope';
import { problemType, toRpcError, type RpcErrorObject } from '../http/error.map';
import { RpcHandlers } from '../handlers';
import type { MethodHandler } from '../method.handler';
import { ParamsValidator } from './params.validator';
import { RpcMetrics } from './rpc.metrics';

export type RpcAnswer =
  | { readonly jsonrpc: '2.0'; readonly id: RequestId | null; readonly result: unknown }
  | { readonly jsonrpc: '2.0'; readonly id: RequestId | null; readonly error: RpcErrorObject };

/**
 * Executes a call: method, scope, params, handler. Only this class converts thrown values to error objects.
 */
@Injectable()
export class RpcDispatcher {
  constructor(
    private readonly handlers: RpcHandlers,
    private readonly validator: ParamsValidator,
    private readonly engine: EngineService,
    private readonly metrics: RpcMetrics,
  ) {}

  dispatch(call: RpcCall, context: CallContext): Promise<RpcAnswer> {
    const method = isMethodName(call.method) ? call.method : 'unknown';
    const attributes = { 'rpc.system.name': 'jsonrpc', 'rpc.method': method, 'assent.request_id': context.requestId };
    return traced(`rpc ${method}`, { attributes }, (span) => this.answer(method, call, context, span));
  }

  private async answer(method: string, call: RpcCall, context: CallContext, span: OpenSpan | null): Promise<RpcAnswer> {
    const started = performance.now();
    try {
      const result = await this.invoke(call, context);
      this.metrics.answered(method, 0, performance.now() - started);
      return { jsonrpc: '2.0', id: call.id, result };
    } catch (thrown) {
      const error = toWire(call, thrown, context);
      span?.set({ 'rpc.response.status_code': String(error.code) });
      this.metrics.answered(method, error.code, performance.now() - started);
      return { jsonrpc: '2.0', id: call.id, error };
    }
  }

  /** A call from inside the gateway, with the checks of a client's. @throws AssentError */
  call<M extends MethodName>(name: M, params: MethodParams<M>, context: CallContext): Promise<MethodResult<M>> {
    return this.checked(name, params, context);
  }

  private async invoke({ method: name, params }: RpcCall, context: CallContext): Promise<unknown> {
    if (!isMethodName(name)) throw new MethodNotFound(name);
    return this.checked(name, params, context);
  }

  private async checked<M extends MethodName>(
    name: M,
    params: unknown,
    context: CallContext,
  ): Promise<MethodResult<M>> {
    requireScope(context.principal, METHODS[name].scope ?? 'authenticated');
    if (STARTING_METHODS.has(name) && this.engine.isDraining) {
      throw new AssentError('draining', 'This replica is shutting down and accepts no new runs. Send the call again.', {
        retryAfterSeconds: 1,
      });
    }
    const handler: MethodHandler<M> = this.handlers.methods[name];
    return handler(this.validator.check(name, params), context);
  }
}

class MethodNotFound extends Error {}

/** The error of a call in wire form. */
export function toWire(call: RpcCall, thrown: unknown, context: CallContext): RpcErrorObject {
  if (thrown instanceof MethodNotFound) {
    const text = `There is no method "${call.method.slice(0, 128)}". rpc.discover lists the methods.`;
    return {
      code: -32601,
      message: text,
      data: { type: problemType('method_not_found'), retryable: false, requestId: context.requestId },
    };
  }
  const error = toPublicError(thrown);
  if (error.reason === 'internal')
    context.log.error({ err: thrown, method: call.method }, 'a call failed inside the server');
  return toRpcError(error, context.requestId);
}
