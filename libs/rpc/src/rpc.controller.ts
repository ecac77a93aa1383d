import { Controller, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Principal } from '@assent/contract';
import {
  Admission,
  ChargesItself,
  LOG,
  RequireAccess,
  activeTraceparent,
  readTraceparent,
  traceIdOf,
  type Log,
  type RateLane,
} from '@assent/platform';
import type { CallContext } from './call.context';
import { readMessage, type RequestId, type RpcCall, type RpcMessage } from './envelope';
import { RpcDispatcher, toWire, type RpcAnswer } from './rpc.dispatcher';
import { ReplyReceiver } from './reply.receiver';
import { RpcStream } from './rpc.stream';
import type { StrictJson } from './strict-json';

/** Messages a batch may have. */
const BATCH_MAX = 50;

type RpcRequest = FastifyRequest<{ Body: StrictJson | undefined }> & { principal?: Principal };

/** POST /rpc: one message, a batch, or a client's answer to a request of the server. */
@ApiExcludeController()
@Controller('rpc')
export class RpcController {
  constructor(
    private readonly dispatcher: RpcDispatcher,
    private readonly replies: ReplyReceiver,
    private readonly streams: RpcStream,
    private readonly admission: Admission,
    @Inject(LOG) private readonly log: Log,
  ) {}

  @Post()
  @HttpCode(200)
  @RequireAccess('authenticated')
  @ChargesItself()
  async post(@Req() request: RpcRequest, @Res() reply: FastifyReply): Promise<void> {
    const { body } = request;
    const context = this.contextOf(request, reply);
    if (!body?.ok) await this.admission.charge(context.principal);
    if (!body) {
      reply.code(415);
      sendProblem(reply, 415, 'Unsupported Media Type', 'Send a body with Content-Type: application/json.', request.id);
      return;
    }
    if (!body.ok) {
      sendWhole(reply, -32700, `Parse error: ${body.problem}.`, request.id);
      return;
    }
    if (Array.isArray(body.value)) return this.batch(body.value, context, reply);
    const message = readMessage(body.value);
    await this.admission.charge(context.principal, laneOf([message]));
    if (message.kind === 'reply') {
      await this.replies.receive(message, context);
      void reply.code(202).send();
      return;
    }
    if (isStreamCall(message) && request.headers.accept?.includes('text/event-stream'))
      return this.stream(message, context, reply);
    const answer = await this.answer(message, context);
    if (answer === null) void reply.code(202).send();
    else sendJson(reply, answer);
  }

  /** Whatever is wrong shows before the first event, and then in the form every other call is answered in. */
  private async stream(call: RpcCall & { id: RequestId }, context: CallContext, reply: FastifyReply): Promise<void> {
    try {
      await this.streams.open(call, context, reply);
    } catch (thrown) {
      sendJson(reply, { jsonrpc: '2.0', id: call.id, error: toWire(call, thrown, context) });
    }
  }

  private async batch(messages: readonly unknown[], context: CallContext, reply: FastifyReply): Promise<void> {
    if (messages.length === 0) {
      sendWhole(reply, -32600, 'Invalid request: the batch is empty.', context.requestId);
      return;
    }
    if (messages.length > BATCH_MAX) {
      sendWhole(reply, -32600, `Invalid request: a batch has at most ${BATCH_MAX} messages.`, context.requestId);
      return;
    }
    const read = messages.map(readMessage);
    await this.admission.charge(context.principal, laneOf(read), read.length);
    const answers = await Promise.all(read.map((message) => this.answer(message, context)));
    const spoken = answers.filter((answer) => answer !== null);
    if (spoken.length === 0) void reply.code(202).send();
    else sendJson(reply, spoken);
  }

  /** null: nobody waits for an answer. */
  private async answer(message: RpcMessage, context: CallContext): Promise<RpcAnswer | null> {
    switch (message.kind) {
      case 'bad':
        return wholeError(-32600, `Invalid request: ${message.problem}.`, context.requestId);
      case 'reply':
        return wholeError(-32600, 'Invalid request: a response is sent by itself, not in a batch.', context.requestId);
      case 'call': {
        const answer = await this.dispatcher.dispatch(message, context);
        return message.id === null ? null : answer;
      }
    }
  }

  private contextOf(request: RpcRequest, reply: FastifyReply): CallContext {
    const { principal, id: requestId } = request;
    if (!principal) throw new Error('the access guard let a call through without a principal');
    let controller: AbortController | undefined;
    let log: Log | undefined;
    const root = this.log;
    const traceparent = readTraceparent(request.headers['traceparent']);
    const trace = traceIdOf(activeTraceparent() ?? traceparent);
    return {
      principal,
      requestId,
      traceparent,
      get log() {
        return (log ??= root.child({ requestId, subject: principal.subject, ...trace }));
      },
      closed: () => {
        if (!controller) {
          const made = new AbortController();
          controller = made;
          reply.raw.once('close', () => {
            made.abort();
          });
        }
        return controller.signal;
      },
    };
  }
}

/** Whatever is only about approvals, an answer to a request of the server included. */
function laneOf(messages: readonly RpcMessage[]): RateLane {
  const isDecision = (message: RpcMessage): boolean =>
    message.kind === 'reply' || (message.kind === 'call' && message.method.startsWith('approval/'));
  return messages.every(isDecision) ? 'decisions' : 'requests';
}

function isStreamCall(message: RpcMessage): message is RpcCall & { id: RequestId } {
  return message.kind === 'call' && message.method === 'stream' && message.id !== null;
}

function wholeError(code: number, message: string, requestId: string): RpcAnswer {
  const type = code === -32700 ? 'urn:assent:error:parse-error' : 'urn:assent:error:invalid-request';
  return { jsonrpc: '2.0', id: null, error: { code, message, data: { type, retryable: false, requestId } } };
}

/** The payload as a whole is not messages. */
function sendWhole(reply: FastifyReply, code: number, message: string, requestId: string): void {
  reply.code(400);
  sendJson(reply, wholeError(code, message, requestId));
}

function sendJson(reply: FastifyReply, value: unknown): void {
  reply.header('content-type', 'application/json; charset=utf-8').send(JSON.stringify(value));
}

function sendProblem(reply: FastifyReply, status: number, title: string, detail: string, requestId: string): void {
  reply
    .code(status)
    .header('content-type', 'application/problem+json')
    .send(JSON.stringify({ type: 'about:blank', title, status, detail, requestId }));
}
