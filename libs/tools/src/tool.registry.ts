import { AssentError, type JsonObject } from '@assent/contract';
import type { ToolAdapter, ToolHost, ToolSource, ToolsListener, UnavailableTools } from './tool-adapter.port';
import { pathsOfCall } from './call-paths';
import { ownSchemaCheck, schemaCheck, type Checked } from './json-schema';
import { parsePath, quotePath } from './workspace-path';

interface RegisteredTool {
  readonly adapter: ToolAdapter;
  readonly checkArgs: (args: unknown) => Checked<JsonObject>;
}

/** Format of tool names, required by rules, frames and metrics. */
const TOOL_NAME = /^[a-z][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)+$/;
const TOOL_NAME_MAX_CHARS = 128;

/** The current tools, each with an argument check that is compiled once. */
export class ToolRegistry {
  /** Compiled tools of sources. A source returns the same object while a tool is unchanged. */
  private readonly coming: WeakMap<ToolAdapter, RegisteredTool | null>;
  private readonly own: ReadonlyMap<string, RegisteredTool>;

  /**
   * @param base a registry whose tools are included and stay compiled
   * @throws Error for a duplicate name
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

  /** A registry with additional tools whose schemas are already checked. @throws Error for a duplicate name */
  with(adapters: readonly ToolAdapter[]): ToolRegistry {
    return new ToolRegistry(adapters, this.sources, this.log, this);
  }

  list(): ToolAdapter[] {
    return Array.from(this.current().values(), ({ adapter }) => adapter);
  }

  /** Calls the listener with the names of tools that are new, changed or gone. It MUST NOT throw. */
  onChange(listener: ToolsListener): void {
    for (const source of this.sources) source.onChange?.(listener);
  }

  /** Tools that are temporarily unavailable. */
  away(): UnavailableTools[] {
    return this.sources.flatMap((source) => [...(source.away?.() ?? [])]);
  }

  /** Undefined when there is no such tool. @throws AssentError `overloaded` for a tool whose source is temporarily unavailable */
  find(name: string): ToolAdapter | undefined {
    const tool = this.current().get(name);
    if (!tool) this.requireSource(name);
    return tool?.adapter;
  }

  /** @throws AssentError `invalid`, pointer `/tool`; `overloaded` for a tool whose source is temporarily unavailable */
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
    // Arguments that the guard cannot read are reported here, as invalid input.
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

  /** On a name clash the first tool wins: the server's own tools, then the sources in order. */
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

  /** Logs each refused tool once, not on every read. */
  private refuse(adapter: ToolAdapter, problem: string, err?: unknown): null {
    if (this.coming.get(adapter) === null) return null;
    this.coming.set(adapter, null);
    this.log.warn({ tool: adapter.name.slice(0, TOOL_NAME_MAX_CHARS), err }, `a tool is refused: ${problem}`);
    return null;
  }
}
