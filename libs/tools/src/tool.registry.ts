import { AssentError, type JsonObject } from '@assent/contract';
import type { ToolAdapter, ToolHost, ToolSource, UnavailableTools } from './tool-adapter.port';
import { pathsOfCall } from './call-paths';
import { ownSchemaCheck, schemaCheck, type Checked } from './json-schema';
import { parsePath, quotePath } from './workspace-path';

interface RegisteredTool {
  readonly adapter: ToolAdapter;
  readonly checkArgs: (args: unknown) => Checked<JsonObject>;
}

/** What is asked of tool names everywhere: rules, frames, metrics. */
const TOOL_NAME = /^[a-z][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)+$/;
const TOOL_NAME_MAX_CHARS = 128;

/** The tools there are at the moment, each with its argument check compiled once. */
export class ToolRegistry {
  /** Of tools that come and go; a source gives the same object for as long as a tool stays what it is. */
  private readonly coming: WeakMap<ToolAdapter, RegisteredTool | null>;
  private readonly own: ReadonlyMap<string, RegisteredTool>;

  /**
   * @param base whose tools are there too, and stay compiled
   * @throws Error for a name that stands twice
   */
  constructor(
    adapters: readonly ToolAdapter[],
    private readonly sources: readonly ToolSource[],
    private readonly log: ToolHost['log'],
    base?: ToolRegistry,
  ) {
    const inherited = [...(base?.own ?? [])];
    const own = adapters.map(
      (adapter) => [adapter.name, { adapter, checkArgs: ownSchemaCheck<JsonObject>(adapter.inputSchema) }] as const,
    );
    this.own = new Map([...inherited, ...own]);
    if (this.own.size !== inherited.length + adapters.length) throw new Error('Two tools have the same name.');
    this.coming = base?.coming ?? new WeakMap<ToolAdapter, RegisteredTool | null>();
  }

  /** The same tools and these, whose schemas were checked already. @throws Error for a name that stands twice */
  with(adapters: readonly ToolAdapter[]): ToolRegistry {
    return new ToolRegistry(adapters, this.sources, this.log, this);
  }

  list(): ToolAdapter[] {
    return Array.from(this.current().values(), ({ adapter }) => adapter);
  }

  /** Tools that are not there for the moment. */
  away(): UnavailableTools[] {
    return this.sources.flatMap((source) => [...(source.away?.() ?? [])]);
  }

  /** undefined: there is no such tool. @throws AssentError `overloaded` for a tool whose source is not there for the moment */
  find(name: string): ToolAdapter | undefined {
    const tool = this.current().get(name);
    if (!tool) this.requireSource(name);
    return tool?.adapter;
  }

  /** @throws AssentError `invalid`, pointer `/tool`; `overloaded` for a tool whose source is not there for the moment */
  get(name: string): ToolAdapter {
    return this.registered(name).adapter;
  }

  /** @throws AssentError `invalid`, pointer `/tool` or below `/args` */
  checkArgs(name: string, args: JsonObject): void {
    const { adapter, checkArgs } = this.registered(name);
    const checked = checkArgs(args);
    if (!checked.ok) {
      throw new AssentError(
        'invalid',
        `The call of ${name} has bad arguments: ${quotePath(`args${checked.pointer}`)} ${checked.problem}.`,
        { pointer: `/args${checked.pointer}` },
      );
    }
    const { path } = checked.value;
    if (typeof path === 'string' && path !== '.') parsePath(path);
    // What the guard could not read is wrong already here, where it is told as bad input.
    pathsOfCall(adapter, checked.value);
  }

  private registered(name: string): RegisteredTool {
    const tools = this.current();
    const tool = tools.get(name);
    if (tool) return tool;
    this.requireSource(name);
    throw new AssentError(
      'invalid',
      `There is no tool ${quotePath(name)}. There are: ${[...tools.keys()].join(', ')}.`,
      {
        pointer: '/tool',
      },
    );
  }

  private requireSource(name: string): void {
    for (const source of this.sources) {
      const away = source.missing?.(name);
      if (away) throw away;
    }
  }

  /** First come, first served: the server's own tools, then the sources in their order. */
  private current(): ReadonlyMap<string, RegisteredTool> {
    if (this.sources.length === 0) return this.own;
    const tools = new Map(this.own);
    for (const adapter of this.sources.flatMap((source) => source.tools())) {
      const taken = tools.get(adapter.name);
      const tool = taken && taken.adapter !== adapter ? this.refuse(adapter, 'its name is taken') : this.admit(adapter);
      if (tool) tools.set(adapter.name, tool);
    }
    return tools;
  }

  private admit(adapter: ToolAdapter): RegisteredTool | null {
    const known = this.coming.get(adapter);
    if (known !== undefined) return known;
    if (!TOOL_NAME.test(adapter.name) || adapter.name.length > TOOL_NAME_MAX_CHARS) {
      return this.refuse(adapter, 'its name cannot be used');
    }
    try {
      const tool = { adapter, checkArgs: schemaCheck<JsonObject>(adapter.inputSchema) };
      this.coming.set(adapter, tool);
      return tool;
    } catch (err) {
      return this.refuse(adapter, 'its schema cannot be used', err);
    }
  }

  /** Said once for each tool, not at every look. */
  private refuse(adapter: ToolAdapter, problem: string, err?: unknown): null {
    if (this.coming.get(adapter) === null) return null;
    this.coming.set(adapter, null);
    this.log.warn({ tool: adapter.name.slice(0, TOOL_NAME_MAX_CHARS), err }, `a tool is refused: ${problem}`);
    return null;
  }
}
