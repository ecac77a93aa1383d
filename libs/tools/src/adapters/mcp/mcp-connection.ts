import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import {
  CallToolResultSchema,
  ListToolsResultSchema,
  ToolListChangedNotificationSchema,
  type CallToolResult,
  type Tool,
} from '@modelcontextprotocol/sdk/types.js';
import { activeTraceparent } from '@assent/platform';
import type { ToolHost } from '../tool-adapter.port';
import { HttpTransport } from './http.transport';
import { notConnected } from './mcp-failure';
import type { McpServer } from './mcp-settings';
import { ProcessTransport } from './process.transport';
import { RestartPolicy, type Later } from './restart.policy';

/** To start, to greet and to list the tools. */
const CONNECT_MS = 15_000;
/** To answer a ping: what takes longer is started again. */
const PING_MS = 5_000;
/** After so long without a fault the next one counts as the first. */
const HEALTHY_AFTER_MS = 60_000;
const TOOLS_MAX = 500;
const PAGES_MAX = 50;
const CLIENT = { name: 'assent', version: '1' };
/** In `_meta` of calls that change something: a server that has seen it does not do the work again. */
const IDEMPOTENCY_KEY = 'assent/idempotencyKey';

export interface McpCallOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly idempotencyKey: string | null;
}

/** Told of the tools whenever they are read, and of none when the server is gone. MUST not throw. */
export type ToolsListener = (tools: readonly Tool[]) => Promise<void>;

/** Keeps one server connected: starts it, starts it again when it is gone, and knows its tools. */
export class McpConnection {
  private client: Client | null = null;
  /** While it is not connected yet. */
  private coming: Client | null = null;
  /** The one that is asked whether it is still there. */
  private suspected: Client | null = null;
  private stopped = false;
  private callOff: (() => void) | null = null;
  private stopCountingHealth: (() => void) | null = null;
  private readonly restarts = new RestartPolicy();
  private reading: Promise<void> = Promise.resolve();
  private readAgain = false;
  private attempt: Promise<void> = Promise.resolve();

  constructor(
    private readonly server: McpServer,
    private readonly log: ToolHost['log'],
    private readonly later: Later,
    private readonly listener: ToolsListener,
  ) {}

  /** Settles after the first try, whatever came of it. */
  async start(): Promise<void> {
    this.attempt = this.connect();
    await this.attempt;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.callOff?.();
    this.stopCountingHealth?.();
    await Promise.all([this.client?.close(), this.coming?.close()]);
    await this.attempt;
    await this.reading;
    await this.listener([]);
  }

  /**
   * @param timeoutMs for the whole call; the server is told when it is over or `signal` aborts
   * @param idempotencyKey the same for every attempt; null: the call changes nothing
   * @throws AssentError (transport) when there is no connection; what the SDK throws
   */
  async call(
    name: string,
    args: Record<string, unknown>,
    { timeoutMs, signal, idempotencyKey }: McpCallOptions,
  ): Promise<CallToolResult> {
    const { client } = this;
    if (!client) throw notConnected(this.server.name);
    const traceparent = activeTraceparent();
    const meta = {
      // Where MCP puts the trace context of a call.
      ...(traceparent === null ? {} : { traceparent }),
      ...(idempotencyKey === null ? {} : { [IDEMPOTENCY_KEY]: idempotencyKey }),
    };
    const params = { name, arguments: args, ...(Object.keys(meta).length > 0 && { _meta: meta }) };
    const request = { method: 'tools/call' as const, params };
    return client.request(request, CallToolResultSchema, { timeout: timeoutMs, maxTotalTimeout: timeoutMs, signal });
  }

  /** Reads the tools anew. @throws AssentError (transport) when there is no connection; what the SDK throws */
  async refresh(): Promise<void> {
    const { client } = this;
    if (!client) throw notConnected(this.server.name);
    await this.listener(await listTools(client));
  }

  /** Something went wrong that may be the end of the connection: whoever does not answer a ping is started again. */
  async suspect(): Promise<void> {
    const { client } = this;
    if (!client || this.suspected === client) return;
    this.suspected = client;
    try {
      await client.ping({ timeout: PING_MS });
    } catch {
      // The reason is logged where the connection is given up.
      this.lost(client);
      await client.close().catch(() => undefined);
    } finally {
      this.suspected = null;
    }
  }

  private async connect(): Promise<void> {
    if (this.stopped) return;
    const client = new Client(CLIENT, { capabilities: {} });
    this.coming = client;
    let isDown = false;
    try {
      client.onclose = () => {
        isDown = true;
        this.lost(client);
      };
      client.setNotificationHandler(ToolListChangedNotificationSchema, () => {
        this.readSoon(client);
      });
      await client.connect(transportOf(this.server), { timeout: CONNECT_MS });
      const tools = await listTools(client);
      await this.listener(tools);
      if (this.isOver(isDown)) throw new Error('The connection closed.');
      this.client = client;
      client.onerror = () => {
        if (this.server.endpoint.kind === 'http') void this.suspect();
      };
      this.stopCountingHealth = this.later(HEALTHY_AFTER_MS, () => {
        this.restarts.reset();
      });
      this.log.info({ server: this.server.name, tools: tools.length }, 'mcp: connected');
    } catch (thrown) {
      await client.close().catch(() => undefined);
      await this.listener([]);
      this.again(thrown instanceof Error ? thrown.name : 'unknown');
    } finally {
      this.coming = null;
    }
  }

  /** Asked after an await, when the flags may have changed. */
  private isOver(isDown: boolean): boolean {
    return isDown || this.stopped;
  }

  private lost(client: Client): void {
    if (this.client !== client) return;
    this.client = null;
    this.stopCountingHealth?.();
    if (this.stopped) return;
    void this.listener([]);
    this.again('connection lost');
  }

  private again(reason: string): void {
    if (this.stopped) return;
    const { delayMs, isPause } = this.restarts.next();
    this.log.warn(
      { server: this.server.name, reason, delayMs: Math.round(delayMs) },
      isPause ? 'mcp: the server keeps failing and is left alone for a while' : 'mcp: the server is started again soon',
    );
    this.callOff = this.later(delayMs, () => {
      this.attempt = this.connect();
    });
  }

  /** However often a server says that its tools changed, they are read once more after the reading in hand. */
  private readSoon(client: Client): void {
    if (this.readAgain) return;
    this.readAgain = true;
    this.reading = this.reading.then(async () => {
      this.readAgain = false;
      if (this.client !== client && this.coming !== client) return;
      try {
        await this.listener(await listTools(client));
      } catch {
        // Tools that cannot be read must not stay as they were.
        await this.listener([]);
        await this.suspect();
      }
    });
  }
}

function transportOf({ endpoint }: McpServer): Transport {
  return endpoint.kind === 'stdio' ? new ProcessTransport(endpoint) : new HttpTransport(endpoint);
}

async function listTools(client: Client): Promise<Tool[]> {
  const tools: Tool[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < PAGES_MAX && tools.length < TOOLS_MAX; page += 1) {
    const request = { method: 'tools/list' as const, ...(cursor !== undefined && { params: { cursor } }) };
    const result = await client.request(request, ListToolsResultSchema, { timeout: CONNECT_MS });
    tools.push(...result.tools);
    cursor = result.nextCursor;
    if (cursor === undefined) break;
  }
  return tools.slice(0, TOOLS_MAX);
}
