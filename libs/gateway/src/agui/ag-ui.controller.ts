import { Controller, Get, Headers, HttpCode, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { AgentCapabilities, Message } from '@ag-ui/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AssentError, isUuid, SERVER_VERSION } from '@assent/contract';
import { RequireAccess, requireScope } from '@assent/identity';
import { LOG, type Log } from '@assent/platform';
import { IdempotencyRepository, RunRepository, runNotFound, type RunHead } from '@assent/runs';
import { callContext, type CallContext } from '../call.context';
import { httpProblem } from '../http/error.map';
import { sendProblem } from '../http/transport.problem';
import { negotiate } from '../rest/accept';
import { RpcDispatcher } from '../rpc/rpc.dispatcher';
import { answerEventSource } from '../streams/event.source';
import { SSE_HEADERS } from '../streams/frame.encoding';
import { StreamAccess } from '../streams/stream.access';
import { cursorOf, once } from '../streams/stream.query';
import { encode, type AgUiEvent } from './ag-ui.event';
import { AgUiStreams, type AgUiView } from './ag-ui.stream';
import { UnusableTool, readInput, threadKey, toolReplies, type ReadInput } from './input.mapper';
import { Interrupts } from './interrupts';
import { KnownContent } from './known.content';
import { Resumes, type Continuation } from './resumes';

/** Capabilities of this server, as the AG-UI protocol names them. */
const CAPABILITIES: AgentCapabilities = {
  identity: { name: 'Assent', type: 'assent', version: SERVER_VERSION },
  transport: { streaming: true, websocket: false, httpBinary: false, pushNotifications: false, resumable: true },
  tools: { supported: true, clientProvided: true, parallelCalls: true },
  state: { snapshots: true, deltas: true, memory: true, persistentState: true },
  multiAgent: { supported: false },
  reasoning: { supported: true, streaming: true, encrypted: false },
  humanInTheLoop: { supported: true, approvals: true, interrupts: true, feedback: true, approveWithEdits: true },
};

const EVENT_STREAM = 'text/event-stream';
const NOBODY: Pick<AgUiView, 'answered' | 'left'> = { answered: null, left: new Set() };

type EventParams = Readonly<Partial<Record<'after' | 'ticket', string | string[]>>>;

/** Where a response begins. */
interface Position extends Pick<AgUiView, 'answered' | 'left' | 'after'> {
  readonly run: RunHead;
}

/** The AG-UI protocol 1.0, for HttpAgent and CopilotKit. */
@ApiExcludeController()
@Controller('ag-ui')
export class AgUiController {
  constructor(
    private readonly dispatcher: RpcDispatcher,
    private readonly runs: RunRepository,
    private readonly keys: IdempotencyRepository,
    private readonly streams: AgUiStreams,
    private readonly interrupts: Interrupts,
    private readonly resumes: Resumes,
    private readonly access: StreamAccess,
    @Inject(LOG) private readonly log: Log,
  ) {}

  @Get('capabilities')
  @RequireAccess('authenticated')
  capabilities(): AgentCapabilities {
    return CAPABILITIES;
  }

  @Post()
  @HttpCode(200)
  @RequireAccess('run:read')
  async post(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    if (negotiate(request.headers.accept, [EVENT_STREAM]) === null) {
      const detail = `The response is available as ${EVENT_STREAM} only. Name it in Accept, or leave the header out.`;
      sendProblem(reply, httpProblem(406, 'Not Acceptable', detail, request.id));
      return;
    }
    const context = callContext(request, reply, this.log);
    const { principal } = context;
    try {
      const read = readInput(request.body);
      const { input, wait } = read;
      const ids = { threadId: input.threadId, runId: input.runId };
      const continuation = await this.continuation(read, context);
      if (!continuation) requireScope(principal, 'run:write');
      const open = continuation ? [] : await this.otherInterrupts(read, context);
      if (open.length > 0) {
        const message = `The thread has open interrupts: ${open.join(', ')}. Send "resume" with an answer to each of them.`;
        sendEvents(reply, [{ type: 'RUN_ERROR', message, code: 'interrupts_open' }]);
        return;
      }
      const refusal = continuation?.refusal;
      const error: AgUiEvent[] = refusal ? [{ type: 'RUN_ERROR', message: refusal.message, code: refusal.code }] : [];
      if (refusal?.isChanged === false) {
        sendEvents(reply, error);
        return;
      }
      const position = continuation ? await this.after(continuation, read, context) : await this.start(read, context);
      const messages = input.messages as readonly Message[];
      const known = new KnownContent(input.messages);
      const view = { ids, principal, wait, known, messages, first: error, opens: true, ...position };
      const { source, body } = this.streams.open(position.run, view);
      this.access.open(principal, source);
      void reply.headers(SSE_HEADERS).send(body);
    } catch (thrown) {
      if (!(thrown instanceof UnusableTool)) throw thrown;
      sendProblem(reply, httpProblem(422, 'Unprocessable Content', thrown.message, request.id));
    }
  }

  /** The same events for a native EventSource, which resumes after the events that it has. */
  @Get('runs/:id/events')
  @RequireAccess('public')
  async events(
    @Param('id') runId: string,
    @Query() query: EventParams,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    if (!isUuid(runId)) throw runNotFound(runId);
    const entry = await this.access.authorize(request, once(query.ticket, 'ticket'), runId);
    const after = cursorOf(lastEventId ?? once(query.after, 'after'));
    const run = await this.runs.findHead(entry.tenantId, runId);
    if (!run) throw runNotFound(runId);
    const ids = { threadId: runId, runId };
    const known = new KnownContent([]);
    const view = { ids, principal: null, wait: null, after, known, messages: null, first: [], opens: false, ...NOBODY };
    await answerEventSource({ request, reply, entry, run, after }, () => this.streams.open(run, view));
  }

  /** Passes answers on. @returns null: the input contains no answer */
  private async continuation({ input }: ReadInput, context: CallContext): Promise<Continuation | null> {
    const { resume = [] } = input;
    if (resume.length > 0) return this.resumes.resume(resume, context);
    return this.resumes.replyToCalls(toolReplies(input), context);
  }

  private async after(continuation: Continuation, { after }: ReadInput, context: CallContext): Promise<Position> {
    const { runId, requestId, left, refusal } = continuation;
    const run = await this.runs.findHead(context.principal.tenantId, runId);
    if (!run) throw runNotFound(runId);
    // The client must see the new content before it decides again.
    if (refusal) return { run, after: run.seq, ...NOBODY };
    return { run, after, answered: requestId, left };
  }

  /** @throws AssentError draining, conflict (other params under the same ids), and as the method `start` */
  private async start(read: ReadInput, context: CallContext): Promise<Position> {
    const params = read.start();
    const { runId } = await this.dispatcher.call('start', params, context).catch(toInputError);
    const run = await this.runs.findHead(context.principal.tenantId, runId);
    if (!run) throw runNotFound(runId);
    return { run, after: read.after, ...NOBODY };
  }

  /** Open interrupts of other runs of the thread, when the input starts a new run. */
  private async otherInterrupts({ input, wait, start }: ReadInput, { principal }: CallContext): Promise<string[]> {
    const { tenantId, subject } = principal;
    const key = threadKey(input.threadId);
    const waiting = await this.keys.waiting({ tenantId, subject, method: 'start', key });
    const own = start().idempotencyKey;
    if (waiting.some((each) => each.key === own)) return [];
    return this.interrupts.openIn(
      waiting.map(({ runId }) => runId),
      principal,
      wait,
    );
  }
}

function sendEvents(reply: FastifyReply, events: readonly AgUiEvent[]): void {
  void reply.headers(SSE_HEADERS).send(encode(events, 0));
}

/** @throws the error of `start` in terms of the input: a fault in a tool names the tool, other params are a conflict */
function toInputError(thrown: unknown): never {
  if (!(thrown instanceof AssentError)) throw thrown;
  const { reason, message, details } = thrown;
  if (reason === 'idempotency_mismatch') {
    throw new AssentError('conflict', `The run was started with another input: ${message}`, details, { cause: thrown });
  }
  if (details.pointer?.startsWith('/clientTools') === true) throw new UnusableTool(message);
  throw thrown;
}
