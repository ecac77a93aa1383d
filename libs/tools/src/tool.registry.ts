import { AssentError, type JsonObject } from '@assent/contract';
import type { ToolAdapter } from './adapters/tool-adapter.port';
import { schemaCheck, type Checked } from './json-schema';
import { parsePath, shown } from './workspace-path';

interface RegisteredTool {
  readonly adapter: ToolAdapter;
  readonly checkArgs: (args: unknown) => Checked<JsonObject>;
}

/** The tools there are, each with its argument check compiled once. */
export class ToolRegistry {
  private readonly tools: ReadonlyMap<string, RegisteredTool>;

  /** @throws Error for a name that stands twice or a schema that is not strict */
  constructor(adapters: readonly ToolAdapter[]) {
    this.tools = new Map(
      adapters.map((adapter) => [adapter.name, { adapter, checkArgs: schemaCheck<JsonObject>(adapter.inputSchema) }]),
    );
    if (this.tools.size !== adapters.length) throw new Error('Two tools have the same name.');
  }

  list(): ToolAdapter[] {
    return Array.from(this.tools.values(), ({ adapter }) => adapter);
  }

  find(name: string): ToolAdapter | undefined {
    return this.tools.get(name)?.adapter;
  }

  /** @throws AssentError `invalid`, pointer `/tool` */
  get(name: string): ToolAdapter {
    return this.registered(name).adapter;
  }

  /** @throws AssentError `invalid`, pointer `/tool` or below `/args` */
  checkArgs(name: string, args: JsonObject): void {
    const checked = this.registered(name).checkArgs(args);
    if (!checked.ok) {
      throw new AssentError(
        'invalid',
        `The call of ${name} has bad arguments: ${shown(`args${checked.pointer}`)} ${checked.problem}.`,
        {
          pointer: `/args${checked.pointer}`,
        },
      );
    }
    const { path } = checked.value;
    if (typeof path === 'string' && path !== '.') parsePath(path);
  }

  private registered(name: string): RegisteredTool {
    const tool = this.tools.get(name);
    if (tool) return tool;
    throw new AssentError(
      'invalid',
      `There is no tool ${shown(name)}. There are: ${[...this.tools.keys()].join(', ')}.`,
      { pointer: '/tool' },
    );
  }
}
