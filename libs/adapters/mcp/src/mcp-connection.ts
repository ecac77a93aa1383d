import { ToolListChangedNotificationSchema, type Tool } from '@modelcontextprotocol/sdk/types.js';
import { activeTraceparent } from '@assent/platform';
import type { ToolHost } from '@assent/tools';
import type { AnsweringTransport, McpAnswer } from './response.tracker';
import { HttpTransport } from './http.transport';
import { McpClient } from './mcp.client';
import { notConnected } from './mcp-failure';
import type { McpServer } from './mcp-settings';
import { listTools } from './mcp-tool.list';
import { ProcessTransport } from './process.transport';
import { RestartPolicy, type Later } from './restart.policy';

/** To start, to greet and to list the tools. */
const CONNECT_MS = 15_000;
/** To answer a ping: what takes longer is started again. */
const PING_MS = 5_000;
/** After so long without a fault the next one counts as the first. */
const HEALTHY_AFTER_MS = 60_000;
/** Until a list that could not be read is asked for again. */
const READ_AGAIN_MS = 2_000;
/** In `_meta` of calls that change something: a server that has seen it does not do the work again. */
const IDEMPOTENCY_KEY = 'assent/idempotencyKey';

export interface McpCallOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly idempotencyKey: string | null;
}

/** Called with the tools after each read, and with an empty list when the server is gone. MUST NOT throw. */
export type ToolsListener = (tools: readonly Tool[]) => Promise<void>;

/** Keeps one server connected: starts it, starts it again when it is gone, and knows its tools. */
export class McpConnection {
  private client: McpClient | null = null;
  /** While it is not connected yet. */
  private coming: McpClient | null = null;
  /** The one that is asked whether it is still there. */
  private suspected: McpClient | null = null;
  private stopped = false;
  private callOff: (() => void) | null = null;
  private stopCountingHealth: (() => void) | null = null;
  private readonly restarts = new RestartPolicy();
  private reading: Promise<void> = Promise.resolve();
  private readAgain = false;
  private unread = false;
  private callOffReading: (() => void) | null = null;
  private attempt: Promise<void> = Promise.resolve();

  constructor(
    private readonly server: McpServer,
    private readonly log: ToolHost['log'],
    private readonly later: Later,
    private readonly listener: ToolsListener,
  ) {}

  get isConnected(): boolean {
    return this.client !== null;
  }

  /** It is connected, and its list could not be read when it was last asked for. */
  get isUnread(): boolean {
    return this.unread;
  }

  /** Resolves after the first attempt, successful or not. */
  async start(): Promise<void> {
    this.attempt = this.connect();
    await this.attempt;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.callOff?.();
    this.callOffReading?.();
    this.stopCountingHealth?.();
    await Promise.all([this.client?.close(), this.coming?.close()]);
    await this.attempt;
    await this.reading;
    await this.listener([]);
  }

  /**
   * @param timeoutMs for the whole call; the server is told when it is over or `signal` aborts
   * @param idempotencyKey the same for every attempt; null: the call changes nothing
   * @throws AssentError (transport) when there is no connection; what the transport throws. An answer is never thrown
   */
  async call(
    name: string,
    args: Record<string, unknown>,
    { timeoutMs, signal, idempotencyKey }: McpCallOptions,
  ): Promise<McpAnswer> {
    const { client } = this;
    if (!client) throw notConnected(this.server.name);
    const traceparent = activeTraceparent();
    const meta = {
      // Where MCP puts the trace context of a call.
      ...(traceparent === null ? {} : { traceparent }),
      ...(idempotencyKey === null ? {} : { [IDEMPOTENCY_KEY]: idempotencyKey }),
    };
    const params = { name, arguments: args, ...(Object.keys(meta).length > 0 && { _meta: meta }) };
    return client.ask('tools/call', params, { timeout: timeoutMs, maxTotalTimeout: timeoutMs, signal });
  }

  /** Reads the tools anew. @throws AssentError for what it answers besides a list; what the transport throws */
  async refresh(): Promise<void> {
    const { client } = this;
    if (!client) throw notConnected(this.server.name);
    await this.publish(client);
  }

  /** The connection may be broken: a server that does not answer a ping is restarted. */
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
    const client = new McpClient(transportOf(this.server));
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
      await client.open(CONNECT_MS);
      const count = await this.publish(client);
      if (this.isOver(isDown)) throw new Error('The connection closed.');
      this.client = client;
      client.onerror = () => {
        if (this.server.endpoint.kind === 'http') void this.suspect();
      };
      this.stopCountingHealth = this.later(HEALTHY_AFTER_MS, () => {
        this.restarts.reset();
      });
      this.log.info({ server: this.server.name, tools: count }, 'mcp: connected');
    } catch (thrown) {
      await client.close().catch(() => undefined);
      await this.listener([]);
      this.again(thrown instanceof Error ? thrown.name : 'unknown');
    } finally {
      this.coming = null;
    }
  }

  /** @returns how many tools the server has */
  private async publish(client: McpClient): Promise<number> {
    const tools = await this.list(client);
    await this.listener(tools);
    this.unread = false;
    return tools.length;
  }

  /** One bad definition does not cost the others. */
  private async list(client: McpClient): Promise<Tool[]> {
    const { tools, omitted } = await listTools(client, this.server.name, CONNECT_MS);
    if (omitted.length > 0) {
      this.log.warn(
        { server: this.server.name, omitted },
        'mcp: some tools are left out, their definitions are no tools',
      );
    }
    return tools;
  }

  /** Asked after an await, when the flags may have changed. */
  private isOver(isDown: boolean): boolean {
    return isDown || this.stopped;
  }

  private lost(client: McpClient): void {
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
  private readSoon(client: McpClient): void {
    if (this.readAgain) return;
    this.readAgain = true;
    this.reading = this.reading.then(async () => {
      this.readAgain = false;
      if (this.client !== client && this.coming !== client) return;
      try {
        await this.publish(client);
      } catch {
        // Tools that cannot be read must not stay as they were, and are not gone for good.
        this.unread = true;
        await this.listener([]);
        this.callOffReading?.();
        this.callOffReading = this.later(READ_AGAIN_MS, () => {
          this.readSoon(client);
        });
        await this.suspect();
      }
    });
  }
}

function transportOf({ endpoint }: McpServer): AnsweringTransport {
  return endpoint.kind === 'stdio' ? new ProcessTransport(endpoint) : new HttpTransport(endpoint);
}
