import { Controller, Inject, Post, Query, Req, Res, type BeforeApplicationShutdown } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AssentError } from '@assent/contract';
import { RequireAccess } from '@assent/identity';
import { Config, LOG, type Log } from '@assent/platform';
import { RunNotifier } from '@assent/runs';
import { GatewaySettings } from '@assent/tools';
import { callContext } from '../../call.context';
import { TransportRefusal } from '../../http/transport.problem';
import { requireMcpScope } from '../mcp.auth';
import { McpEndpoint, type McpServerFactory } from '../mcp.endpoint';
import { McpExchange } from '../mcp.exchange';
import { isJsonRpcRequest } from '../mcp.messages';
import { readHold } from '../mcp.wait';
import { PENDING_TOOL, RESULT_TOOL } from './gateway.names';
import { GatewayServer, type GatewayOptions } from './gateway.server';
import { GatewaySubscriptions } from './gateway.subscriptions';

const NOT_FOUND = 404;
const OWN_TOOLS: ReadonlySet<unknown> = new Set([RESULT_TOOL, PENDING_TOOL]);

/** POST /mcp/gateway: one MCP server with the tools of all upstream servers. */
@ApiExcludeController()
@Controller('mcp/gateway')
export class GatewayController implements BeforeApplicationShutdown {
  private readonly endpoint: McpEndpoint;
  /** The options of requests in progress. */
  private readonly options = new WeakMap<McpExchange, GatewayOptions>();

  constructor(
    server: GatewayServer,
    private readonly settings: GatewaySettings,
    private readonly config: Config,
    subscriptions: GatewaySubscriptions,
    notifier: RunNotifier,
    @Inject(LOG) private readonly log: Log,
  ) {
    const create: McpServerFactory = (exchange, era, sdk) => {
      const options = this.options.get(exchange) ?? { hold: null, onCancel: 'keep' };
      return server.create(exchange, options, era, sdk);
    };
    this.endpoint = new McpEndpoint(
      create,
      log,
      (body, exchange, handler) => subscriptions.follow(body, exchange, handler),
      notifier,
    );
  }

  beforeApplicationShutdown(): void {
    this.endpoint.close();
  }

  @Post()
  @RequireAccess('authenticated')
  async post(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Query('hold') hold?: string,
    @Query('onCancel') onCancel?: string,
  ): Promise<void> {
    if (!this.settings.enabled) throw new TransportRefusal(NOT_FOUND);
    const exchange = new McpExchange(request, reply, callContext(request, reply, this.log));
    const options = { hold: readHold(hold), onCancel: onCancelOf(onCancel) };
    for (const message of [request.body].flat()) {
      if (!isJsonRpcRequest(message) || !message.method.startsWith('tools/')) continue;
      // A call that ends with its stream cancels a run, even if it only waits for a result.
      const isRead = OWN_TOOLS.has(message.params?.name) && options.onCancel === 'keep';
      const isWrite = message.method === 'tools/call' && !isRead;
      requireMcpScope(isWrite ? 'run:write' : 'run:read', exchange.context, { request, reply, config: this.config });
    }
    this.options.set(exchange, options);
    await this.endpoint.serve(request, reply, exchange);
  }
}

function onCancelOf(value: string | undefined): GatewayOptions['onCancel'] {
  if (value === undefined || value === 'keep' || value === 'cancel') return value ?? 'keep';
  throw new AssentError('invalid', 'onCancel must be keep or cancel.', { pointer: '/onCancel' });
}
