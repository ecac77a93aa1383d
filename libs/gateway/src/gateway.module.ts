import { Module } from '@nestjs/common';
import { ApprovalsModule } from '@assent/approvals';
import { AuditModule } from '@assent/audit';
import { EngineModule } from '@assent/engine';
import { MemoryModule } from '@assent/memory';
import { SearchModule } from '@assent/search';
import { PlannerModule } from '@assent/planner';
import { RunsModule } from '@assent/runs';
import { ToolsModule } from '@assent/tools';
import { WebhooksModule } from '@assent/webhooks';
import { AgUiController } from './agui/ag-ui.controller';
import { AgUiStreams } from './agui/ag-ui.stream';
import { Interrupts } from './agui/interrupts';
import { Resumes } from './agui/resumes';
import { StoredViews } from './agui/stored.view';
import { EventCallback } from './mcp/events/event.callback';
import { EVENT_METRIC_PROVIDERS, EventMetrics } from './mcp/events/event.metrics';
import { EventSender } from './mcp/events/event.sender';
import { EventSubscriptionRepository } from './mcp/events/event-subscription.repository';
import { EventSubscriptions } from './mcp/events/event.subscriptions';
import { GatewayCallRepository } from './mcp/gateway/gateway-call.repository';
import { GatewayCalls } from './mcp/gateway/gateway.calls';
import { GatewayController } from './mcp/gateway/gateway.controller';
import { GATEWAY_METRIC_PROVIDERS, GatewayMetrics } from './mcp/gateway/gateway.metrics';
import { GatewayHousekeeping } from './mcp/gateway/gateway.housekeeping';
import { GatewayServer } from './mcp/gateway/gateway.server';
import { GatewaySubscriptions } from './mcp/gateway/gateway.subscriptions';
import { SubscriptionLife } from './mcp/subscription.life';
import { AssentMcpServer } from './mcp/server/assent.server';
import { McpServerController } from './mcp/server/mcp-server.controller';
import { McpSubscriptions } from './mcp/server/mcp.subscriptions';
import { McpMetadataController } from './mcp/mcp.auth';
import { McpWaits } from './mcp/mcp.wait';
import { EventController } from './streams/event.controller';
import { EventPages } from './streams/event.pages';
import { FrameController } from './streams/frame.controller';
import { HANDLER_PROVIDERS } from './handlers';
import { HookController } from './hooks/hook.controller';
import { HOOK_METRIC_PROVIDERS, HookMetrics } from './hooks/hook.metrics';
import { PermissionHooks } from './hooks/permission.hooks';
import { RuleDrafts } from './hooks/rule.drafts';
import { HTTP_METRIC_PROVIDERS, HttpMetrics } from './http/http.metrics';
import { InboxController } from './streams/inbox.controller';
import { OtherMethods } from './http/other.methods';
import { ParamsValidator } from './rpc/params.validator';
import { ReplyReceiver } from './rpc/reply.receiver';
import { CallbackController } from './rest/callback.controller';
import { ExportController } from './rest/export.controller';
import { FormController } from './rest/form.controller';
import { RestController } from './rest/rest.controller';
import { SessionController } from './rest/session.controller';
import { RpcController } from './rpc/rpc.controller';
import { RpcDispatcher } from './rpc/rpc.dispatcher';
import { RPC_METRIC_PROVIDERS, RpcMetrics } from './rpc/rpc.metrics';
import { RpcStream } from './rpc/rpc.stream';
import { RunReader } from './run.reader';
import { ServerInfo } from './server.info';
import { StreamAccess } from './streams/stream.access';
import { StreamTickets } from './streams/stream.tickets';

/** The public API: JSON-RPC, REST and the event streams. */
@Module({
  imports: [
    RunsModule,
    EngineModule,
    ApprovalsModule,
    AuditModule,
    WebhooksModule,
    PlannerModule,
    ToolsModule,
    MemoryModule,
    SearchModule,
  ],
  controllers: [
    RpcController,
    RestController,
    FormController,
    ExportController,
    CallbackController,
    HookController,
    SessionController,
    FrameController,
    InboxController,
    EventController,
    AgUiController,
    GatewayController,
    McpMetadataController,
    McpServerController,
  ],
  providers: [
    ...HANDLER_PROVIDERS,
    AgUiStreams,
    AssentMcpServer,
    EventCallback,
    EventMetrics,
    EventPages,
    EventSender,
    EventSubscriptionRepository,
    EventSubscriptions,
    HookMetrics,
    Interrupts,
    GatewayCallRepository,
    GatewayCalls,
    GatewayHousekeeping,
    GatewayMetrics,
    GatewayServer,
    GatewaySubscriptions,
    SubscriptionLife,
    McpSubscriptions,
    McpWaits,
    HttpMetrics,
    PermissionHooks,
    RuleDrafts,
    OtherMethods,
    ParamsValidator,
    ReplyReceiver,
    Resumes,
    StoredViews,
    RpcDispatcher,
    RpcMetrics,
    RpcStream,
    RunReader,
    ServerInfo,
    StreamAccess,
    StreamTickets,
    ...EVENT_METRIC_PROVIDERS,
    ...HOOK_METRIC_PROVIDERS,
    ...GATEWAY_METRIC_PROVIDERS,
    ...HTTP_METRIC_PROVIDERS,
    ...RPC_METRIC_PROVIDERS,
  ],
})
export class GatewayModule {}
