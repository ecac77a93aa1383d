import { Injectable } from '@nestjs/common';
import { AssentError, SERVER_VERSION, type Principal } from '@assent/contract';
import { InstallationKeys, reviewUrl } from '@assent/approvals';
import { Config } from '@assent/platform';
import { GatewaySettings } from '@assent/tools';
import { toPublicError } from '../../http/public.error';
import { PermissionHooks } from '../../hooks/permission.hooks';
import { ReplyReceiver } from '../../rpc/reply.receiver';
import { RpcDispatcher } from '../../rpc/rpc.dispatcher';
import { plainSchema, wireCheck, type WireCheck } from '../../wire.schema';
import { OVERLOADED, protocolError } from '../mcp.errors';
import type { McpExchange } from '../mcp.exchange';
import type { McpAnswer, McpRequestScope, McpResult, McpSdk, McpServer, McpTool } from '../mcp.sdk';
import { McpWaits } from '../mcp.wait';
import { McpCall, toResult, type AssentTool, type McpServices } from './mcp.call';
import { STATE_KEY, elicitationCodec } from './mcp.elicitation';
import type { McpOperations } from './mcp.operations';
import { EVENTS, addEvents } from '../events/event.methods';
import { eventCodeOf } from '../events/event.errors';
import { EventSubscriptions } from '../events/event.subscriptions';
import { addPrompts } from './mcp.prompts';
import { addResources } from './mcp.resources';
import { TASKS } from './client.capabilities';
import { addTasks } from './mcp.tasks';
import { ASSENT_TOOLS } from './tools';

interface OfferedTool {
  readonly tool: AssentTool;
  readonly listed: McpTool;
  readonly check: WireCheck<unknown>;
}

const NAME = 'assent';
const FIXED = { listChanged: false };
/** The tools and prompts of a credential do not change. Only the newer protocol has a stream for notifications. */
const CAPABILITIES = {
  legacy: { tools: FIXED, resources: { ...FIXED, subscribe: false }, prompts: FIXED },
  modern: {
    tools: FIXED,
    resources: { subscribe: true, listChanged: true },
    prompts: FIXED,
    extensions: { [TASKS]: {}, [EVENTS]: {} },
    // Clients of the first drafts of the extension look for it here.
    events: {},
  },
} as const;
const INSTRUCTIONS =
  'Assent puts changes and actions before a person and carries them out once they are approved. Propose a change with ' +
  'propose_change instead of writing files. A result `pending` is no error: a person decides later. Do not repeat a ' +
  'pending call; call await_decision with its approvalId. A rejection has a comment: change the proposal as it says, and ' +
  'do not propose the same again. You cannot approve anything. Look for lessons of earlier runs with search_memory ' +
  'before you begin, and call report_outcome when you know how it went. Every result begins with `state` and ends with ' +
  '`next`, which says what to do.';

const TOOLS: ReadonlyMap<string, OfferedTool> = new Map(
  ASSENT_TOOLS.map((tool) => [
    tool.name,
    { tool, listed: listedTool(tool), check: wireCheck(tool.input, 'The arguments') },
  ]),
);

/** The tool of a name. Undefined: no such tool. */
export function assentToolOf(name: unknown): AssentTool | undefined {
  return typeof name === 'string' ? TOOLS.get(name)?.tool : undefined;
}

/** The MCP server of one request: Assent's own operations as tools. */
@Injectable()
export class AssentMcpServer {
  private readonly services: McpServices;

  constructor(
    dispatcher: RpcDispatcher,
    replies: ReplyReceiver,
    permissions: PermissionHooks,
    waits: McpWaits,
    settings: GatewaySettings,
    private readonly keys: InstallationKeys,
    private readonly events: EventSubscriptions,
    { env }: Config,
  ) {
    this.services = {
      dispatcher,
      replies,
      permissions,
      waits,
      holds: settings.holdSeconds,
      linkOf: (approvalId, hash) => reviewUrl(env.PUBLIC_URL, approvalId, hash),
      isSelfApproved: env.SELF_APPROVAL === 'allow',
    };
  }

  create(exchange: McpExchange, hold: number | null, era: 'legacy' | 'modern', sdk: McpSdk): McpServer {
    const { principal } = exchange.context;
    const { tenantId, subject } = principal;
    const codec = elicitationCodec(sdk, () => this.keys.get(STATE_KEY), JSON.stringify([tenantId, subject]));
    const mcp = new sdk.McpServer(
      { name: NAME, version: SERVER_VERSION },
      {
        capabilities: CAPABILITIES[era],
        instructions: INSTRUCTIONS,
        requestState: { verify: (state) => codec.verify(state) },
      },
    );
    const callOf = (request: McpRequestScope): McpCall =>
      new McpCall(this.services, exchange, { sdk, codec, mcp: request, hold });
    const { server } = mcp;
    server.setRequestHandler('tools/list', () => ({ tools: listed(principal) }));
    server.setRequestHandler('tools/call', async ({ params: { name, arguments: args = {} } }, { mcpReq }) => {
      try {
        return await this.call(name, args, callOf(mcpReq));
      } catch (thrown) {
        throw protocolError(thrown, exchange, sdk);
      }
    });
    const operations: McpOperations = {
      subject,
      invoke: (name, params) => this.services.dispatcher.call(name, params, exchange.context),
    };
    const toError = (thrown: unknown): Error => protocolError(thrown, exchange, sdk);
    addResources(mcp, operations, toError);
    addPrompts(mcp, operations, toError);
    if (era === 'modern') {
      addTasks(mcp, sdk, callOf, toError);
      addEvents(mcp, sdk, { principal, operations }, this.events, (thrown) =>
        protocolError(thrown, exchange, sdk, eventCodeOf),
      );
    }
    return mcp;
  }

  private async call(name: string, args: unknown, call: McpCall): Promise<McpAnswer> {
    const offered = TOOLS.get(name);
    if (!offered) throw new AssentError('invalid', `There is no tool "${name.slice(0, 64)}".`, { pointer: '/name' });
    const checked = offered.check(args);
    try {
      await call.takeReply();
      return await offered.tool.call(checked, call);
    } catch (thrown) {
      return refusal(thrown);
    }
  }
}

function listed({ scopes }: Principal): McpTool[] {
  return [...TOOLS.values()]
    .filter(({ tool }) => tool.scopes.every((scope) => scopes.has(scope)))
    .map((offered) => offered.listed);
}

function listedTool({ name, description, input, annotations, alwaysLoad }: AssentTool): McpTool {
  return {
    name,
    description,
    inputSchema: plainSchema(input) as unknown as McpTool['inputSchema'],
    annotations,
    ...(alwaysLoad && { _meta: { 'anthropic/alwaysLoad': true } }),
  };
}

/** A refused operation is a result that a model can react to. @throws the error of overload or of the server itself */
function refusal(thrown: unknown): McpResult {
  const error = toPublicError(thrown);
  const { reason, message, retryable } = error;
  if (reason === 'internal' || OVERLOADED.has(reason)) throw thrown;
  const { pointer } = error.details;
  return toResult({
    state: 'failed',
    reason,
    retryable,
    message,
    ...(pointer !== undefined && { pointer }),
    next: retryable ? 'Try again in a moment.' : 'Correct what the message says.',
  });
}
