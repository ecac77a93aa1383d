import { Controller, Inject, Post, Query, Req, Res, type BeforeApplicationShutdown } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { RequireAccess } from '@assent/identity';
import { Config, LOG, type Log } from '@assent/platform';
import { RunNotifier } from '@assent/runs';
import { callContext } from '../../call.context';
import { requireMcpScope } from '../mcp.auth';
import { McpEndpoint } from '../mcp.endpoint';
import { McpExchange } from '../mcp.exchange';
import { isJsonRpcRequest } from '../mcp.messages';
import { readHold } from '../mcp.wait';
import { AssentMcpServer, assentToolOf } from './assent.server';
import { McpSubscriptions } from './mcp.subscriptions';
import { requireTasks } from './mcp.tasks';

/** POST /mcp: Assent's own operations as an MCP server. */
@ApiExcludeController()
@Controller('mcp')
export class McpServerController implements BeforeApplicationShutdown {
  private readonly endpoint: McpEndpoint;
  /** Seconds of the URL, of requests in progress. */
  private readonly holds = new WeakMap<McpExchange, number | null>();

  constructor(
    server: AssentMcpServer,
    subscriptions: McpSubscriptions,
    notifier: RunNotifier,
    private readonly config: Config,
    @Inject(LOG) private readonly log: Log,
  ) {
    this.endpoint = new McpEndpoint(
      (exchange, era, sdk) => server.create(exchange, this.holds.get(exchange) ?? null, era, sdk),
      log,
      (request, exchange, handler, sdk) => {
        requireTasks(request, sdk);
        return subscriptions.follow(request, exchange, handler);
      },
      notifier,
    );
  }

  beforeApplicationShutdown(): void {
    this.endpoint.close();
  }

  @Post()
  @RequireAccess('authenticated')
  async post(@Req() request: FastifyRequest, @Res() reply: FastifyReply, @Query('hold') hold?: string): Promise<void> {
    const exchange = new McpExchange(request, reply, callContext(request, reply, this.log));
    for (const message of [request.body].flat()) {
      if (!isJsonRpcRequest(message) || message.method !== 'tools/call') continue;
      for (const scope of assentToolOf(message.params?.name)?.scopes ?? []) {
        requireMcpScope(scope, exchange.context, { request, reply, config: this.config });
      }
    }
    this.holds.set(exchange, readHold(hold));
    await this.endpoint.serve(request, reply, exchange);
  }
}
