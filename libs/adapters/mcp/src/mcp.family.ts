import type { JsonObject } from '@assent/contract';
import type { ToolFamily, ToolHost, ToolSource } from '@assent/tools';
import { McpSettings, serversOf } from './mcp-settings';

/** `mcp.<server>.<tool>`: the tools of MCP servers. Off when no server is configured. */
export const family: ToolFamily<Promise<readonly ToolSource[]>> = {
  section: 'mcp',
  settingsSchema: McpSettings,

  async create(settings: JsonObject, host: ToolHost) {
    const mcp = settings as McpSettings;
    const servers = serversOf(mcp, host);
    if (servers.length === 0) return [];
    // The SDK is large and loaded only when a server is configured.
    const { McpSource } = await import('./mcp.source.js');
    return [new McpSource(servers, { mode: mcp.trust ?? 'first-use', store: host.trust }, host.log)];
  },
};
