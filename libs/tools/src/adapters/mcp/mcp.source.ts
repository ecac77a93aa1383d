import { AssentError } from '@assent/contract';
import type { ToolAdapter, ToolHost, ToolSource } from '../tool-adapter.port';
import type { McpTool, Trust } from './mcp-catalog';
import { McpPeer } from './mcp-peer';
import type { McpServer } from './mcp-settings';
import { later, type Later } from './restart.policy';

/** The tools of all configured servers. */
export class McpSource implements ToolSource {
  private readonly peers: readonly McpPeer[];

  constructor(
    servers: readonly McpServer[],
    private readonly trusted: Trust,
    log: ToolHost['log'],
    timer: Later = later,
  ) {
    this.peers = servers.map((server) => new McpPeer(server, trusted, log, timer));
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

  /** Every tool with its hash and why it is disabled, for whoever decides on trust. */
  catalog(): readonly McpTool[] {
    return this.peers.flatMap((peer) => peer.tools());
  }

  /**
   * Trusts a tool as it is now.
   * @param hash of the definition that was looked at
   * @throws AssentError `not_found` for a tool that is not there, `conflict` when its definition is another one by now
   */
  async trust(name: string, hash: string, actor: string): Promise<void> {
    const peer = this.peers.find((one) => one.tools().some((tool) => tool.name === name));
    const tool = peer?.tools().find((one) => one.name === name);
    if (!peer || !tool) {
      throw new AssentError('not_found', `There is no MCP tool ${JSON.stringify(name)} now. Look with tool/list.`);
    }
    if (tool.hash !== hash) {
      throw new AssentError('conflict', `${name} has the hash ${tool.hash} now. Look at it again before you trust it.`);
    }
    const { pins, now } = this.trusted;
    await pins.set(tool.server, tool.remote, { hash, trustedAt: now().toISOString(), actor });
    await peer.refresh();
  }
}
