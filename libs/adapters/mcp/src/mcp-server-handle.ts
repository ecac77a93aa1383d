import type { JsonObject } from '@assent/contract';
import type { ToolContext, ToolAdapter, ToolHost, ToolsListener } from '@assent/tools';
import type { McpAnswer } from './response.tracker';
import { catalogOf, type McpTool, type Trust } from './mcp-catalog';
import { McpConnection } from './mcp-connection';
import { unavailableError, listFailure, transportFailure, type Unavailable } from './mcp-failure';
import { remoteArgument, renamed } from './mcp-name';
import type { McpServer } from './mcp-settings';
import { mcpAdapter, refuseDisabled, type McpCaller } from './mcp-tool.adapter';
import type { Later } from './restart.policy';

/** Interval at which trust decisions of other replicas are read while a tool awaits one. */
const RECHECK_MS = 5_000;

interface Offered {
  readonly tool: McpTool;
  readonly adapter: ToolAdapter;
}

/** One server: its connection and its tools as local adapters. */
export class McpServerHandle implements McpCaller {
  private offered: ReadonlyMap<string, Offered> = new Map();
  private readonly connection: McpConnection;
  private judging: Promise<void> = Promise.resolve();
  private remote: Parameters<typeof catalogOf>[1] = [];
  private isUnjudged = false;
  private callOff: (() => void) | null = null;
  private leave: (() => void) | null = null;
  private readonly listeners = new Set<ToolsListener>();

  constructor(
    private readonly server: McpServer,
    private readonly trust: Trust,
    private readonly log: ToolHost['log'],
    private readonly later: Later,
  ) {
    this.connection = new McpConnection(server, log, later, async (tools) => {
      this.remote = tools;
      await this.judgeNext();
    });
  }

  get name(): string {
    return this.server.name;
  }

  /** Why the tools are temporarily unknown; null when they are known. */
  get away(): Unavailable | null {
    if (!this.connection.isConnected) return 'unreachable';
    if (this.connection.isUnread) return 'unread';
    return this.isUnjudged ? 'unjudged' : null;
  }

  onChange(listener: ToolsListener): void {
    this.listeners.add(listener);
  }

  async start(): Promise<void> {
    this.leave = this.trust.store.onTrust(() => void this.readAgain());
    await this.connection.start();
  }

  async stop(): Promise<void> {
    this.leave?.();
    await this.connection.stop();
    await this.judging;
    this.callOff?.();
  }

  adapters(): ToolAdapter[] {
    return Array.from(this.offered.values(), ({ adapter }) => adapter);
  }

  /** Reads the tools and the trust records again. @throws AssentError */
  async refresh(): Promise<void> {
    try {
      await this.connection.refresh();
    } catch (thrown) {
      void this.connection.suspect();
      throw listFailure(this.server.name, thrown);
    }
  }

  async current({ name }: McpTool): Promise<McpTool | null> {
    await this.refresh();
    const tool = this.offered.get(name)?.tool;
    if (tool) return tool;
    const why = this.away;
    if (why) throw unavailableError(this.server.name, name, why);
    return null;
  }

  async call(tool: McpTool, args: JsonObject, { signal, idempotencyKey }: ToolContext): Promise<McpAnswer> {
    signal.throwIfAborted();
    const now = this.offered.get(tool.name)?.tool;
    // The tool may be gone with the server, which the connection reports; or its new definition is not trusted.
    if (now)
      refuseDisabled(now.hash === tool.hash ? now : { ...now, disabled: now.disabled ?? 'it is another tool now' });
    const named = renamed(args, remoteArgument);
    try {
      const answer = await this.connection.call(tool.remote, named, {
        timeoutMs: tool.timeoutMs,
        signal,
        idempotencyKey: tool.effect === 'external' ? idempotencyKey : null,
      });
      // An expired session also answers; only a ping detects it and reconnects.
      if (answer.kind === 'refused' && answer.status !== undefined) void this.connection.suspect();
      if (answer.kind !== 'lost') return answer;
      throw new Error('The stream ended without an answer.');
    } catch (thrown) {
      signal.throwIfAborted();
      void this.connection.suspect();
      throw transportFailure(tool.name, this.server.name, thrown);
    }
  }

  /** Runs one judgement at a time, so that an old list cannot overwrite a newer one. */
  private async judgeNext(): Promise<void> {
    this.judging = this.judging.then(async () => {
      const before = this.offered;
      await this.judge();
      this.report(before);
    });
    await this.judging;
  }

  /** Judges the tools. An unchanged tool keeps its adapter. */
  private async judge(): Promise<void> {
    this.callOff?.();
    this.callOff = null;
    try {
      const catalog = await catalogOf(this.server, this.remote, this.trust);
      const before = this.offered;
      this.isUnjudged = false;
      this.offered = new Map(
        catalog.map((tool): [string, Offered] => {
          const known = before.get(tool.name);
          const isSame = known?.tool.hash === tool.hash && known.tool.disabled === tool.disabled;
          if (!isSame && tool.disabled !== null) {
            this.log.warn(
              { server: this.server.name, tool: tool.name, hash: tool.hash },
              `mcp: disabled, ${tool.disabled}`,
            );
          }
          return [tool.name, isSame ? known : { tool, adapter: mcpAdapter(tool, this) }];
        }),
      );
      if (catalog.some(({ awaitsTrust }) => awaitsTrust)) this.recheckLater();
    } catch (err) {
      // A tool that cannot be compared with its pin is not trusted.
      this.offered = new Map();
      this.isUnjudged = true;
      this.log.warn(
        { server: this.server.name, err },
        'mcp: could not read or write the trusted definitions; no tools are offered',
      );
      this.recheckLater();
    }
  }

  private report(before: ReadonlyMap<string, Offered>): void {
    const names = [...new Set([...before.keys(), ...this.offered.keys()])];
    const changed = names.filter((name) => before.get(name) !== this.offered.get(name));
    if (changed.length > 0) for (const listener of this.listeners) listener(changed);
  }

  private recheckLater(): void {
    this.callOff = this.later(RECHECK_MS, () => void this.readAgain());
  }

  /** Reads the tools again, because trust applies to the current definitions, not to the last ones read. */
  private async readAgain(): Promise<void> {
    try {
      await this.connection.refresh();
    } catch {
      // Not connected or not answering, which the connection handles; judge the known tools again.
      await this.judgeNext();
    }
  }
}
