import { Controller, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AssentError } from '@assent/contract';
import { Admission, ChargesItself, RequireAccess, type RateLimitBucket } from '@assent/identity';
import { LOG, type Log } from '@assent/platform';
import { callContext, type CallContext } from '../call.context';
import {
  readMessage,
  type RequestId,
  type RpcBadMessage,
  type RpcBadReply,
  type RpcCall,
  type RpcMessage,
} from './envelope';
import { RpcDispatcher, toWire, type RpcAnswer } from './rpc.dispatcher';
import { ReplyReceiver } from './reply.receiver';
import { RpcStream } from './rpc.stream';
import { httpProblem, problemType } from '../http/error.map';
import type { StrictJson } from '../http/strict-json';
import { sendProblem } from '../http/transport.problem';

/** Maximum number of messages in a batch. */
const BATCH_MAX = 50;

type RpcRequest = FastifyRequest<{ Body: StrictJson | undefined }>;

/** POST /rpc: one message, a batch, or a client's response to a request of the server. */
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
    const context = callContext(request, reply, this.log);
    if (!body?.ok) await this.admission.charge(context.principal);
    if (!body) {
      const detail = 'Send a body with Content-Type: application/json.';
      sendProblem(reply, httpProblem(415, 'Unsupported Media Type', detail, request.id));
      return;
    }
    if (!body.ok) {
      sendWhole(reply, -32700, `Parse error: ${body.problem}.`, request.id);
      return;
    }
    if (Array.isArray(body.value)) return this.batch(body.value, context, reply);
    const message = readMessage(body.value);
    await this.admission.charge(context.principal, bucketOf([message]));
    if (message.kind === 'bad-reply') throw refusedReply(message);
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

  /** Errors before the first event have the same form as for other calls. */
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
    await this.admission.charge(context.principal, bucketOf(read), read.length);
    const calls = onlyCalls(read);
    const answers = await Promise.all(calls.map((message) => this.answer(message, context)));
    const spoken = answers.filter((answer) => answer !== null);
    if (spoken.length === 0) void reply.code(202).send();
    else sendJson(reply, spoken);
  }

  /** @returns null when the message gets no response */
  private async answer(message: RpcCall | RpcBadMessage, context: CallContext): Promise<RpcAnswer | null> {
    switch (message.kind) {
      case 'bad':
        return wholeError(-32600, `Invalid request: ${message.problem}.`, context.requestId);
      case 'call': {
        const answer = await this.dispatcher.dispatch(message, context);
        return message.id === null ? null : answer;
      }
    }
  }
}

/** The rate-limit bucket. Decisions are calls that only concern approvals, including responses to requests of the server. */
function bucketOf(messages: readonly RpcMessage[]): RateLimitBucket {
  const isDecision = (message: RpcMessage): boolean =>
    message.kind === 'reply' ||
    message.kind === 'bad-reply' ||
    (message.kind === 'call' && message.method.startsWith('approval/'));
  return messages.every(isDecision) ? 'decisions' : 'requests';
}

/** A malformed response gets an HTTP error, because it expects no RPC response and 200 would suggest success. */
function refusedReply({ id, problem }: RpcBadReply): AssentError {
  const text = `The response${id === null ? '' : ` to ${id}`} was refused: ${problem}. The request still waits.`;
  return new AssentError('invalid', text, { id });
}

/**
 * @throws AssentError invalid when a batch contains a response, because the status of a response has no place in a batch;
 * nothing in the batch is executed
 */
function onlyCalls(messages: readonly RpcMessage[]): readonly (RpcCall | RpcBadMessage)[] {
  return messages.map((message, index) => {
    if (message.kind !== 'reply' && message.kind !== 'bad-reply') return message;
    const text = `The batch was refused: message ${index} is a response. Send it by itself, and the calls without it.`;
    throw new AssentError('invalid', text, { id: message.id, pointer: `/${index}` });
  });
}

function isStreamCall(message: RpcMessage): message is RpcCall & { id: RequestId } {
  return message.kind === 'call' && message.method === 'stream' && message.id !== null;
}

function wholeError(code: number, message: string, requestId: string): RpcAnswer {
  const type = problemType(code === -32700 ? 'parse_error' : 'invalid_request');
  return { jsonrpc: '2.0', id: null, error: { code, message, data: { type, retryable: false, requestId } } };
}

/** Responds to a payload that is neither a message nor a batch. */
function sendWhole(reply: FastifyReply, code: number, message: string, requestId: string): void {
  reply.code(400);
  sendJson(reply, wholeError(code, message, requestId));
}

function sendJson(reply: FastifyReply, value: unknown): void {
  reply.header('content-type', 'application/json; charset=utf-8').send(JSON.stringify(value));
}
