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

/** Time to start, to initialize and to list the tools. */
const CONNECT_MS = 15_000;
/** Time to answer a ping. A slower server is restarted. */
const PING_MS = 5_000;
/** Fault-free time after which the restart policy is reset. */
const HEALTHY_AFTER_MS = 60_000;
/** Delay before a failed read of the tool list is retried. */
const READ_AGAIN_MS = 2_000;
/** Key in `_meta` of calls with effects, by which a server recognises a repeated call. */
const IDEMPOTENCY_KEY = 'assent/idempotencyKey';

export interface McpCallOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly idempotencyKey: string | null;
}

/** Called with the tools after each read, and with an empty list when the server is gone. MUST NOT throw. */
export type ToolsListener = (tools: readonly Tool[]) => Promise<void>;

/** Keeps one server connected: starts it, restarts it when it is lost, and reads its tools. */
export class McpConnection {
  private client: McpClient | null = null;
  /** The client while it connects. */
  private coming: McpClient | null = null;
  /** The client that is being pinged. */
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

  /** The server is connected, but the last read of its tool list failed. */
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
   * @param timeoutMs for the whole call; the server is notified when it expires or `signal` aborts
   * @param idempotencyKey the same for every attempt; null for a call that changes nothing
   * @throws AssentError (transport) without a connection, and errors of the transport. An answer is never thrown
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
      // The key under which MCP carries the trace context of a call.
      ...(traceparent === null ? {} : { traceparent }),
      ...(idempotencyKey === null ? {} : { [IDEMPOTENCY_KEY]: idempotencyKey }),
    };
    const params = { name, arguments: args, ...(Object.keys(meta).length > 0 && { _meta: meta }) };
    return client.ask('tools/call', params, { timeout: timeoutMs, maxTotalTimeout: timeoutMs, signal });
  }

  /** Reads the tools again. @throws AssentError for an answer that is not a list, and errors of the transport */
  async refresh(): Promise<void> {
    const { client } = this;
    if (!client) throw notConnected(this.server.name);
    await this.publish(client);
  }

  /** Pings a connection that may be broken. Restarts the server if it does not answer. */
  async suspect(): Promise<void> {
    const { client } = this;
    if (!client || this.suspected === client) return;
    this.suspected = client;
    try {
      await client.ping({ timeout: PING_MS });
    } catch {
      // The reason is logged where the connection is closed.
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

  /** @returns the number of tools of the server */
  private async publish(client: McpClient): Promise<number> {
    const tools = await this.list(client);
    await this.listener(tools);
    this.unread = false;
    return tools.length;
  }

  /** Lists the tools. One invalid definition does not affect the others. */
  private async list(client: McpClient): Promise<Tool[]> {
    const { tools, omitted } = await listTools(client, this.server, CONNECT_MS);
    if (omitted.length > 0) {
      this.log.warn({ server: this.server.name, omitted }, 'mcp: left out tools with an invalid definition');
    }
    return tools;
  }

  /** Checks again after an await, because the flags may have changed. */
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

  /** Schedules one more read after the current one, however often the server reports changed tools. */
  private readSoon(client: McpClient): void {
    if (this.readAgain) return;
    this.readAgain = true;
    this.reading = this.reading.then(async () => {
      this.readAgain = false;
      if (this.client !== client && this.coming !== client) return;
      try {
        await this.publish(client);
      } catch {
        // The former tools must not stay when the list cannot be read; a retry is scheduled.
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
