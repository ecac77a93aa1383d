import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { JsonObject } from '@assent/contract';
import { storableObject } from '@assent/platform';
import { MemoryTrust, hostOf, type FakeHost, Redactor } from '@assent/tools/testing';
import type { ExternalAdapter, ReadAdapter, ToolAdapter, ToolContext } from '@assent/tools';
import { serversOf, type McpSettings } from '../mcp-settings';
import { McpSource } from '../mcp.source';
import type { Later } from '../restart.policy';
import { FICKLE_SERVER, FICKLE_TOOLS, type FickleTool } from '@assent/test-support/fickle-server';

interface FickleState {
  readonly tools?: readonly FickleTool[];
  /** The server exits on initialize. */
  readonly refuse?: boolean;
  /** The server exits neither at the end of its input nor on SIGTERM. */
  readonly stubborn?: boolean;
}

/** Servers of one test. The test controls the timers. */
export class McpStage {
  readonly host: FakeHost = hostOf({ TOKEN: 'planted' });
  /** Pending timers, oldest first. */
  readonly waiting: { readonly ms: number; readonly work: () => void }[] = [];
  readonly trust = new MemoryTrust();
  private readonly sources: McpSource[] = [];
  private folder = '';

  async open(): Promise<void> {
    this.folder = await mkdtemp(join(tmpdir(), 'assent-mcp-'));
    await this.set({});
  }

  async close(): Promise<void> {
    await Promise.all(this.sources.map(async (source) => source.stop()));
    await rm(this.folder, { recursive: true, force: true });
    if (this.waiting.length > 0) throw new Error(`${this.waiting.length} timers were left.`);
    if (this.trust.listening > 0) throw new Error(`${this.trust.listening} listeners were left.`);
  }

  at(name: string): string {
    return join(this.folder, name);
  }

  /** Sets the state of the fickle server from now on. */
  async set({ tools = FICKLE_TOOLS, ...state }: FickleState): Promise<void> {
    await writeFile(this.at('state.json'), JSON.stringify({ tools, ...state }));
  }

  get fickle() {
    return { command: process.execPath, args: ['-e', FICKLE_SERVER, this.at('state.json')] };
  }

  async start(settings: McpSettings = { servers: { fickle: this.fickle } }): Promise<McpSource> {
    const later: Later = (ms, work) => {
      const entry = { ms, work };
      this.waiting.push(entry);
      return () => {
        const index = this.waiting.indexOf(entry);
        if (index >= 0) this.waiting.splice(index, 1);
      };
    };
    const trust = { mode: settings.trust ?? 'first-use', store: this.trust } as const;
    const servers = serversOf(settings, this.host);
    const source = new McpSource(servers, trust, this.host.log, later);
    this.sources.push(source);
    await source.start();
    return source;
  }

  /** Fires the oldest pending timer with a matching delay. */
  async due(isDue: (ms: number) => boolean): Promise<number> {
    for (;;) {
      const index = this.waiting.findIndex(({ ms }) => isDue(ms));
      const [entry] = index >= 0 ? this.waiting.splice(index, 1) : [];
      if (entry) {
        entry.work();
        return entry.ms;
      }
      await setImmediate();
    }
  }
}

/** A fresh stage for each test of the file. */
export function useStage(): { readonly stage: McpStage } {
  const holder = { stage: new McpStage() };
  beforeEach(async () => {
    holder.stage = new McpStage();
    await holder.stage.open();
  });
  afterEach(async () => holder.stage.close());
  return holder;
}

export function contextOf(signal = new AbortController().signal): ToolContext {
  return {
    workspace: { name: 'test', root: '/' },
    signal,
    idempotencyKey: 'run:1',
    shows: () => true,
    quotes: () => true,
    exact: true,
    keepsContent: false,
    redaction: () => new Redactor().stream(true),
  };
}

export function toolOf(source: McpSource, name: string): ToolAdapter {
  const tool = source.tools().find((one) => one.name === name);
  if (!tool)
    throw new Error(
      `There is no ${name}, only ${source
        .tools()
        .map((one) => one.name)
        .join(', ')}.`,
    );
  return tool;
}

/** The output of a read as it leaves the tools. */
export async function read(source: McpSource, name: string, args: JsonObject = {}, signal?: AbortSignal) {
  return storableObject(await (toolOf(source, name) as ReadAdapter).run(args, contextOf(signal)));
}

export function external(source: McpSource, name: string): ExternalAdapter {
  return toolOf(source, name) as ExternalAdapter;
}

/** Polls until the check holds; the time limit of the test bounds it. */
export async function until(check: () => boolean): Promise<void> {
  while (!check()) await setImmediate();
}

/** Whether a process is running; a zombie counts as dead. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    // No such process.
    return false;
  }
}
