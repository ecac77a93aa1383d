import { Injectable } from '@nestjs/common';
import { AssentError, SERVER_VERSION, isUuid, type Frame, type JsonObject, type Principal } from '@assent/contract';
import { ApprovalService } from '@assent/approvals';
import { CancelService } from '@assent/engine';
import { compileGlob, type Glob } from '@assent/platform';
import { GatewaySettings, ToolsService, type RemoteListing } from '@assent/tools';
import { protocolError } from '../mcp.errors';
import type { McpExchange } from '../mcp.exchange';
import { lastOf } from '../mcp.frames';
import type { McpRequestScope, McpResult, McpSdk, McpServer, McpTool } from '../mcp.sdk';
import { McpWaits, holdSeconds, progressOf } from '../mcp.wait';
import { GatewayCalls, noSuchCall, type BegunCall } from './gateway.calls';
import { GatewayMetrics } from './gateway.metrics';
import { PENDING_TOOL, RESULT_TOOL, gatewayNames } from './gateway.names';
import { failureResult, isFinal, outcomeOf, toResult, type GatewayOutcome, type ResultMeta } from './gateway.result';

/** Options in the URL of the endpoint. */
export interface GatewayOptions {
  /** Seconds a call is held; null: by the name of the client. */
  readonly hold: number | null;
  /** `cancel`: the run of a call ends with its stream. */
  readonly onCancel: 'keep' | 'cancel';
}

/** A call that is followed until it ends or its hold is over. */
interface FollowedCall extends BegunCall {
  readonly server: string;
  /** Undefined: the tool is no longer offered. */
  readonly tool: RemoteListing | undefined;
  readonly seconds: number;
}

const NAME = 'assent-gateway';
const INSTRUCTIONS =
  'The tools of several servers. Some calls need the approval of a person, who may answer later: such a call answers ' +
  '"pending" with a callId. Do not repeat a pending call; call assent__result with its callId. A rejected call has a ' +
  'comment of the person: change the call as it says.';
/** An equal call afterwards is a new one. */
const DELETED: GatewayOutcome = {
  state: 'failed',
  retryable: false,
  message: 'The call ended, and its result was deleted by retention: the call may have happened. Ask a person first.',
  isOver: true,
};
const ASKS = 'A person has to approve this call; it may answer `pending`.';
const OWN_META = { 'anthropic/alwaysLoad': true };
const KEY_MAX_CHARS = 255;

/** The MCP server of one request: the tools of all upstream servers, each call a run. */
@Injectable()
export class GatewayServer {
  private readonly servers: readonly Glob[];

  constructor(
    private readonly tools: ToolsService,
    private readonly calls: GatewayCalls,
    private readonly waits: McpWaits,
    private readonly approvals: ApprovalService,
    private readonly cancels: CancelService,
    private readonly settings: GatewaySettings,
    private readonly metrics: GatewayMetrics,
  ) {
    this.servers = settings.servers.map(compileGlob);
  }

  create(exchange: McpExchange, options: GatewayOptions, era: 'legacy' | 'modern', sdk: McpSdk): McpServer {
    const mcp = new sdk.McpServer(
      { name: NAME, version: SERVER_VERSION },
      // Only the newer protocol has a stream for the notification.
      { capabilities: { tools: { listChanged: era === 'modern' } }, instructions: INSTRUCTIONS },
    );
    // The tools are not registered, because each caller has its own.
    const { server } = mcp;
    const fail = (thrown: unknown): never => {
      throw protocolError(thrown, exchange, sdk);
    };
    server.setRequestHandler('tools/list', () =>
      this.list(exchange.context.principal).then((tools) => ({ tools }), fail),
    );
    server.setRequestHandler('tools/call', ({ params }, context) =>
      this.call(params, exchange, { options, mcp: context.mcpReq }).catch(fail),
    );
    return mcp;
  }

  /** The tools that the caller's credential may name. A call of a denied tool returns the rule, and is recorded. */
  private async callable(principal: Principal): Promise<ReadonlyMap<string, RemoteListing>> {
    const isAccessible = accessOf(principal);
    const all = (await this.tools.remote(principal)).filter(
      (tool) => this.servers.some((is) => is(tool.server)) && isAccessible(tool),
    );
    const byName = new Map(all.map((tool) => [tool.name, tool]));
    const names = gatewayNames([...byName.keys()]);
    return new Map(
      [...names].flatMap(([outside, name]) => {
        const tool = byName.get(name);
        return tool ? [[outside, tool] as const] : [];
      }),
    );
  }

  private async list(principal: Principal): Promise<McpTool[]> {
    const offered = [...(await this.callable(principal))].filter(([, { verdict }]) => verdict !== 'deny');
    return [...offered.map(([name, tool]) => listed(name, tool)), ...OWN_TOOLS];
  }

  private async call(
    {
      name,
      arguments: given = {},
    }: { readonly name: string; readonly arguments?: Record<string, unknown> | undefined },
    exchange: McpExchange,
    request: CallRequest,
  ): Promise<McpResult> {
    const args = given as JsonObject;
    if (name === PENDING_TOOL) return this.pending(exchange);
    if (name === RESULT_TOOL) return this.result(args, exchange, request);
    const tool = (await this.callable(exchange.context.principal)).get(name);
    if (!tool) return this.unavailable(name);
    const { idempotencyKey, session } = readMeta(request.mcp._meta);
    let begun: BegunCall;
    try {
      begun = await this.calls.begin({ tool, args: tool.toLocal(args), idempotencyKey, session }, exchange);
    } catch (thrown) {
      if (thrown instanceof AssentError && thrown.details['attempted'] === false) return this.away(thrown);
      throw inTermsOf(tool, thrown);
    }
    return this.follow(
      { ...begun, tool, server: tool.server, seconds: this.hold(exchange, request) },
      exchange,
      request,
    );
  }

  private async result(args: JsonObject, exchange: McpExchange, request: CallRequest): Promise<McpResult> {
    const { callId, waitSeconds } = args;
    if (typeof callId !== 'string' || !isUuid(callId)) throw invalid('/callId', 'callId must be the id of a call');
    if (waitSeconds !== undefined && (typeof waitSeconds !== 'number' || !(waitSeconds >= 0)))
      throw invalid('/waitSeconds', 'waitSeconds must be a number of at least 0');
    const call = await this.calls.find(callId, exchange);
    if (!accessOf(exchange.context.principal)({ server: call.server, name: call.tool })) throw noSuchCall(callId);
    const hold = this.hold(exchange, request);
    const callable = await this.callable(exchange.context.principal);
    const tool = [...callable.values()].find(({ name }) => name === call.tool);
    const seconds = Math.min(waitSeconds ?? hold, hold);
    return this.follow({ callId, isReplayed: false, tool, server: call.server, seconds }, exchange, request);
  }

  private async pending(exchange: McpExchange): Promise<McpResult> {
    const isAccessible = accessOf(exchange.context.principal);
    const own = (await this.calls.pending(exchange)).filter(({ server, tool: name }) => isAccessible({ server, name }));
    const calls = own.map(({ runId, tool, state, createdAt }) => ({
      callId: runId,
      tool,
      state,
      createdAt: createdAt.toISOString(),
    }));
    const facts = { calls, next: 'Call assent__result with a callId to get its result.' };
    return { content: [{ type: 'text', text: JSON.stringify(facts) }], structuredContent: facts };
  }

  /** Waits for the end of a call, or for the end of its hold. */
  private async follow(call: FollowedCall, exchange: McpExchange, request: CallRequest): Promise<McpResult> {
    const progress = progressOf(request.mcp);
    const stop = this.metrics.hold.startTimer();
    this.metrics.open.inc();
    try {
      const frames = await this.waits.follow(call.callId, exchange, {
        seconds: call.seconds,
        onFrames: async (soFar) => {
          const outcome = outcomeOf(soFar);
          if (outcome.state === 'pending') progress?.tell(await this.progressText(outcome, soFar, exchange));
          return outcome.state !== 'pending';
        },
      });
      const outcome = outcomeOf(frames);
      if (outcome.state === 'pending' && exchange.signal.aborted && request.options.onCancel === 'cancel')
        await this.cancels.cancel(exchange.context.principal, call.callId, 'the client closed the call');
      return await this.answer(call, outcome, frames, exchange);
    } catch (thrown) {
      if (!(thrown instanceof AssentError) || thrown.reason !== 'gone') throw thrown;
      return await this.answer(call, DELETED, [], exchange);
    } finally {
      progress?.stop();
      this.metrics.open.dec();
      stop();
    }
  }

  private async answer(
    { callId, isReplayed, server, tool }: FollowedCall,
    outcome: GatewayOutcome,
    frames: readonly Frame[],
    exchange: McpExchange,
  ): Promise<McpResult> {
    this.metrics.calls.inc({ server, outcome: outcome.state });
    const revised = lastOf(frames, 'approval.revised');
    const args = revised ? await this.calls.revisedArgs(exchange, revised.diffId) : null;
    const meta: ResultMeta = {
      callId,
      isReplayed,
      revisedArgs: args && (tool?.toRemote(args) ?? args),
      hasOutputSchema: tool !== undefined && hasOutputSchema(tool),
    };
    const result = toResult(outcome, meta, frames);
    // An error before this point also reaches the client, and the result then does not count as delivered.
    if (isFinal(outcome)) this.calls.deliver(callId, exchange);
    return result;
  }

  /** The result for a tool that nobody can call: its server is unreachable, or there is no such tool. */
  private unavailable(name: string): McpResult {
    const away = this.tools.away().find(({ prefix }) => name.startsWith(`${prefix.split('.')[1] ?? ''}__`));
    if (away) return failureResult(`The tool ${name} is not available: ${away.reason}. Try again in a moment.`, true);
    throw invalid('/name', `There is no tool "${name.slice(0, KEY_MAX_CHARS)}"`);
  }

  private away({ message, details }: AssentError): McpResult {
    const { retryAfterSeconds } = details;
    return failureResult(message, true, typeof retryAfterSeconds === 'number' ? retryAfterSeconds : undefined);
  }

  private hold({ client }: McpExchange, { options, mcp }: CallRequest): number {
    const hasProgress = mcp._meta?.progressToken !== undefined;
    return holdSeconds(client, { hasProgress, given: options.hold, settings: this.settings.holdSeconds });
  }

  private async progressText(
    { approvalId, expiresAt }: Extract<GatewayOutcome, { state: 'pending' }>,
    frames: readonly Frame[],
    { context: { principal } }: McpExchange,
  ): Promise<string> {
    if (approvalId === null || lastOf(frames, 'approval.decided')) return 'calling the tool';
    const { needed } = await this.approvals.get(principal, approvalId);
    const roles = needed.roles.length > 0 ? needed.roles.join(', ') : 'a reviewer';
    return `waiting for ${roles}, approval ${approvalId}, expires ${expiresAt ?? ''}`;
  }
}

/** Whether the credential of the caller may call a tool. */
function accessOf({ toolAccess }: Principal): (tool: Pick<RemoteListing, 'server' | 'name'>) => boolean {
  const matches = (globs: readonly string[] | null | undefined) => {
    const compiled = globs?.map(compileGlob);
    return (text: string) => compiled?.some((is) => is(text)) ?? true;
  };
  const [isServer, isTool] = [matches(toolAccess?.mcpServers), matches(toolAccess?.tools)];
  return ({ server, name }) => isServer(server) && isTool(name);
}

interface CallRequest {
  readonly options: GatewayOptions;
  readonly mcp: McpRequestScope;
}

function listed(name: string, tool: RemoteListing): McpTool {
  const asks = tool.verdict === 'ask';
  const { description, inputSchema, outputSchema, annotations } = tool;
  return {
    name,
    description: asks ? `${description}\n\n${ASKS}`.trim() : description,
    inputSchema: inputSchema as McpTool['inputSchema'],
    ...(hasOutputSchema(tool) && { outputSchema: outputSchema }),
    annotations,
    _meta: { 'assent/verdict': tool.verdict },
  };
}

/** A tool that requires approval may return a handle, which an output schema would not allow. */
function hasOutputSchema({ verdict, outputSchema }: RemoteListing): boolean {
  return verdict === 'allow' && outputSchema !== undefined;
}

const OWN_TOOLS: McpTool[] = [
  {
    name: RESULT_TOOL,
    description: 'The result of a call that answered `pending`. Waits for it.',
    inputSchema: {
      type: 'object',
      properties: {
        callId: { type: 'string', description: 'From the pending answer' },
        waitSeconds: { type: 'number', minimum: 0, description: 'How long to wait; default: as long as a call' },
      },
      required: ['callId'],
      additionalProperties: false,
    },
    annotations: { readOnlyHint: true },
    _meta: OWN_META,
  },
  {
    name: PENDING_TOOL,
    description: 'Your calls that wait for a person, and those whose result you have not received.',
    inputSchema: { type: 'object', properties: {}, additionalProperties: false },
    annotations: { readOnlyHint: true },
    _meta: OWN_META,
  },
];

function readMeta(meta: Readonly<Record<string, unknown>> = {}): {
  idempotencyKey: string | null;
  session: string | null;
} {
  return { idempotencyKey: metaText(meta, 'assent/idempotencyKey'), session: metaText(meta, 'assent/session') };
}

function metaText(meta: Readonly<Record<string, unknown>>, name: string): string | null {
  const value = meta[name];
  if (value === undefined) return null;
  if (typeof value === 'string' && value !== '' && value.length <= KEY_MAX_CHARS) return value;
  throw invalid(
    `/_meta/${name.replace('/', '~1')}`,
    `_meta["${name}"] must be a text of at most ${KEY_MAX_CHARS} characters`,
  );
}

/** The error with the names of the upstream arguments, and a pointer into the params of the call. */
function inTermsOf(tool: RemoteListing, thrown: unknown): unknown {
  if (!(thrown instanceof AssentError) || thrown.reason !== 'invalid') return thrown;
  const [, local, below = ''] = /^\/actions\/0\/args\/([^/]+)(.*)$/.exec(thrown.details.pointer ?? '') ?? [];
  if (local === undefined) return thrown;
  const [remote = local] = Object.keys(tool.toRemote({ [local]: null }));
  const message = thrown.message.replace(`"args/${local}${below}"`, `"args/${remote}${below}"`);
  const pointer = `/arguments/${remote}${below}`;
  return new AssentError('invalid', message, { ...thrown.details, pointer }, { cause: thrown });
}

function invalid(pointer: string, problem: string): AssentError {
  return new AssentError('invalid', `The call was refused: ${problem}.`, { pointer });
}
