import type { JsonObject } from '@assent/contract';
import type { ToolFamily, ToolHost, ToolSource } from '@assent/tools';
import { McpSettings, serversOf } from './mcp-settings';
import { McpSource } from './mcp.source';

/** `mcp.<server>.<tool>`: the tools of MCP servers. Off when no server is configured. */
export const family: ToolFamily = {
  section: 'mcp',
  settingsSchema: McpSettings,

  create(settings: JsonObject, host: ToolHost): readonly ToolSource[] {
    const mcp = settings as McpSettings;
    const servers = serversOf(mcp, (name) => host.secret(name));
    if (servers.length === 0) return [];
    return [new McpSource(servers, { mode: mcp.trust ?? 'first-use', store: host.trust }, host.log)];
  },
};
