import type { ToolAdapter, ToolHost, ToolSource } from '../tool-adapter.port';
import type { Trust } from './mcp-catalog';
import { McpPeer } from './mcp-peer';
import type { McpServer } from './mcp-settings';
import { later, type Later } from './restart.policy';

/** The tools of all configured servers. */
export class McpSource implements ToolSource {
  private readonly peers: readonly McpPeer[];

  constructor(servers: readonly McpServer[], trust: Trust, log: ToolHost['log'], timer: Later = later) {
    this.peers = servers.map((server) => new McpPeer(server, trust, log, timer));
  }

  async start(): Promise<void> {
    await Promise.all(this.peers.map(async (peer) => peer.start()));
  }

  async stop(): Promise<void> {
    await Promise.all(this.peers.map(async (peer) => peer.stop()));
  }

  tools(): readonly ToolAdapter[] {
    return this.peers.flatMap((peer) => peer.adapters());
  }
}
