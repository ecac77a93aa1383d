import { Injectable, type OnModuleInit } from '@nestjs/common';
import { FeatureFlags } from '@assent/identity';
import { RunNotifier } from '@assent/runs';
import { ToolPolicies, ToolsService } from '@assent/tools';
import type { FollowedChanges } from '../mcp.endpoint';
import type { McpExchange } from '../mcp.exchange';
import type { McpHandler } from '../mcp.sdk';
import { SubscriptionLife } from '../subscription.life';

/** Reports changes of the list of tools to the subscribed clients of this replica. */
@Injectable()
export class GatewaySubscriptions implements OnModuleInit {
  /** The tenants of open subscriptions. */
  private readonly subscribed = new Map<McpHandler, string>();

  constructor(
    private readonly tools: ToolsService,
    private readonly policies: ToolPolicies,
    private readonly flags: FeatureFlags,
    private readonly notifier: RunNotifier,
    private readonly life: SubscriptionLife,
  ) {}

  onModuleInit(): void {
    // New trust changes the tools as well: each replica judges them again.
    this.tools.onChange(() => {
      this.report(null);
    });
    this.policies.onChange((tenantId) => {
      this.report(tenantId);
      void this.notifier.signal({ topic: 'tool_policy', key: tenantId });
    });
    this.flags.onChange((tenantId) => {
      this.report(tenantId);
      void this.notifier.signal({ topic: 'flags', key: tenantId });
    });
    this.notifier.onSignal(({ topic, key }) => {
      if (topic === 'mcp_cancel') return;
      this.forget(key);
      this.report(key);
    });
    this.notifier.onGap(() => {
      for (const tenantId of new Set(this.subscribed.values())) this.forget(tenantId);
      this.report(null);
    });
  }

  /** @throws AssentError overloaded */
  follow(body: unknown, exchange: McpExchange, handler: McpHandler): FollowedChanges {
    const { signal, stop } = this.life.begin(exchange, handler);
    this.subscribed.set(handler, exchange.context.principal.tenantId);
    signal.addEventListener('abort', () => this.subscribed.delete(handler));
    return { body, stop };
  }

  private forget(tenantId: string): void {
    this.policies.forget(tenantId);
    this.flags.forget(tenantId);
  }

  /** @param tenantId null: all tenants */
  private report(tenantId: string | null): void {
    for (const [handler, of] of this.subscribed)
      if (tenantId === null || of === tenantId) handler.notify.toolsChanged();
  }
}
