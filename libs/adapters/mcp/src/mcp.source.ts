import type { AssentError } from '@assent/contract';
import type { ToolAdapter, ToolHost, ToolSource, ToolsListener, UnavailableTools } from '@assent/tools';
import type { Trust } from './mcp-catalog';
import { McpServerHandle } from './mcp-server-handle';
import { unavailableError, unavailableReason } from './mcp-failure';
import type { McpServer } from './mcp-settings';
import { later, type Later } from './restart.policy';

/** The tools of all configured servers. */
export class McpSource implements ToolSource {
  private readonly handles: readonly McpServerHandle[];

  constructor(servers: readonly McpServer[], trust: Trust, log: ToolHost['log'], timer: Later = later) {
    this.handles = servers.map((server) => new McpServerHandle(server, trust, log, timer));
  }

  async start(): Promise<void> {
    await Promise.all(this.handles.map(async (handle) => handle.start()));
  }

  async stop(): Promise<void> {
    await Promise.all(this.handles.map(async (handle) => handle.stop()));
  }

  onChange(listener: ToolsListener): void {
    for (const handle of this.handles) handle.onChange(listener);
  }

  tools(): readonly ToolAdapter[] {
    return this.handles.flatMap((handle) => handle.adapters());
  }

  missing(name: string): AssentError | null {
    const handle = this.handles.find((one) => name.startsWith(prefixOf(one)));
    const why = handle?.away;
    return handle && why ? unavailableError(handle.name, name, why) : null;
  }

  away(): readonly UnavailableTools[] {
    return this.handles.flatMap((handle) => {
      const why = handle.away;
      return why ? [{ prefix: prefixOf(handle), reason: unavailableReason(handle.name, why) }] : [];
    });
  }
}

function prefixOf({ name }: McpServerHandle): string {
  return `mcp.${name}.`;
}
