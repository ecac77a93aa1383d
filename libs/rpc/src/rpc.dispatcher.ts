import { Injectable, type OnModuleInit } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { METHODS, STARTING_METHODS, AssentError, type MethodName } from '@assent/contract';
import { requireScope, traced, type OpenSpan } from '@assent/platform';
import { EngineService } from '@assent/engine';
import type { CallContext } from './call.context';
import { atTheDoor } from './door.error';
import type { RequestId, RpcCall } from './envelope';
import { toRpcError, type RpcErrorObject } from './error.map';
import { HANDLERS } from './handlers';
import { ParamsValidator } from './params.validator';
import { RpcMetrics } from './rpc.metrics';

export type RpcAnswer =
  | { readonly jsonrpc: '2.0'; readonly id: RequestId | null; readonly result: unknown }
  | { readonly jsonrpc: '2.0'; readonly id: RequestId | null; readonly error: RpcErrorObject };

interface AnyHandler {
  handle(params: unknown, context: CallContext): Promise<unknown>;
}

/** From a call to its answer: method, scope, params, handler. Whatever is thrown becomes an error object here and only here. */
@Injectable()
export class RpcDispatcher implements OnModuleInit {
  private readonly handlers = new Map<string, AnyHandler>();

  constructor(
    private readonly moduleRef: ModuleRef,
    private readonly validator: ParamsValidator,
    private readonly engine: EngineService,
    private readonly metrics: RpcMetrics,
  ) {}

  onModuleInit(): void {
    for (const [method, handler] of Object.entries(HANDLERS)) {
      this.handlers.set(method, this.moduleRef.get<AnyHandler>(handler, { strict: false }));
    }
  }

  dispatch(call: RpcCall, context: CallContext): Promise<RpcAnswer> {
    const method = this.handlers.has(call.method) ? call.method : 'unknown';
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

  private async invoke(call: RpcCall, context: CallContext): Promise<unknown> {
    const handler = this.handlers.get(call.method);
    if (!handler) throw new MethodNotFound(call.method);
    const name = call.method as MethodName;
    requireScope(context.principal, METHODS[name].scope ?? 'authenticated');
    if (STARTING_METHODS.has(name) && this.engine.isDraining) {
      throw new AssentError('draining', 'This replica is shutting down and takes no new runs: send the call again.', {
        retryAfterSeconds: 1,
      });
    }
    this.validator.check(name, call.params);
    return handler.handle(call.params, context);
  }
}

class MethodNotFound extends Error {}

/** The error of a call, in the form of the wire. */
export function toWire(call: RpcCall, thrown: unknown, context: CallContext): RpcErrorObject {
  if (thrown instanceof MethodNotFound) {
    const text = `There is no method "${call.method.slice(0, 128)}": rpc.discover lists them.`;
    return {
      code: -32601,
      message: text,
      data: { type: 'urn:assent:error:method-not-found', retryable: false, requestId: context.requestId },
    };
  }
  const error = atTheDoor(thrown);
  if (error.reason === 'internal')
    context.log.error({ err: thrown, method: call.method }, 'a call failed inside the server');
  return toRpcError(error, context.requestId);
}
