import { AssentError, type ClientTool, type JsonObject, type ToolCall } from '@assent/contract';
import type { ExternalAdapter, ReadAdapter, ToolAdapter } from './tool-adapter.port';
import { SchemaImporter } from './schema-importer';
import type { ExternalDocument } from './external-content';
import { schemaCheck } from './json-schema';

const DEFAULT_EFFORT = 1;
/** Deadline of the dry run, which only records the call. The deadline of the call itself is the client's. */
const DRAFT_DEADLINE_MS = 5_000;
/** Maximum characters of one schema, and of all schemas of a run. */
const SCHEMA_MAX_CHARS = 16_384;
const SCHEMAS_MAX_CHARS = 65_536;
const COSTLY = /"(?:\$ref|\$dynamicRef|uniqueItems)"/;

/**
 * Adapters for the tools that a client has declared. The client makes the calls, never an adapter.
 * @throws AssentError invalid, pointer /clientTools/..., for a duplicate name or a schema that cannot be checked here
 */
export function clientAdapters(tools: readonly ClientTool[]): ToolAdapter[] {
  const chars = tools.reduce(
    (sum, { inputSchema, outputSchema }) => sum + JSON.stringify([inputSchema, outputSchema]).length,
    0,
  );
  if (chars > SCHEMAS_MAX_CHARS) {
    const text = `The schemas of the client's tools have ${chars} characters; at most ${SCHEMAS_MAX_CHARS} are taken.`;
    throw new AssentError('invalid', text, { pointer: '/clientTools' });
  }
  return tools.map((tool, index) => {
    const at = `/clientTools/${index}`;
    if (tools.findIndex(({ name }) => name === tool.name) !== index) {
      throw new AssentError('invalid', `The tool ${tool.name} is declared twice.`, { pointer: `${at}/name` });
    }
    if (tool.outputSchema) imported(tool.outputSchema, tool.name, `${at}/outputSchema`);
    return adapterOf(tool, imported(tool.inputSchema, tool.name, `${at}/inputSchema`));
  });
}

/** Whether a client hosts the tool. The names of such tools begin with `client.`. */
export function isOfClient(tool: string): boolean {
  return tool.startsWith('client.');
}

/** Checks an output against the schema of its tool. @returns the problem; undefined for a valid output */
export function outputProblem(tool: ClientTool, output: JsonObject): string | undefined {
  if (!tool.outputSchema) return undefined;
  const checked = schemaCheck(imported(tool.outputSchema, tool.name, ''))(output);
  return checked.ok ? undefined : `${checked.pointer === '' ? 'it' : checked.pointer} ${checked.problem}`;
}

/** The call that an approved document represents. */
export function clientCallIn({ effect, workspace }: ExternalDocument): ToolCall | null {
  const { tool, arguments: args } = effect;
  const isObject = typeof args === 'object' && args !== null && !Array.isArray(args);
  return typeof tool === 'string' && isObject ? { tool, args: args as JsonObject, workspace } : null;
}

function adapterOf(tool: ClientTool, inputSchema: JsonObject): ToolAdapter {
  const common = {
    name: tool.name,
    description: tool.description,
    inputSchema,
    effort: tool.effort ?? DEFAULT_EFFORT,
    idempotent: true,
    deadlineMs: DRAFT_DEADLINE_MS,
  };
  if (tool.effect === 'read') return { ...common, effect: 'read', run: notHere } satisfies ReadAdapter;
  return {
    ...common,
    effect: 'external',
    dryRun: (args) =>
      Promise.resolve({
        effect: { tool: tool.name, arguments: args },
        summary: `The client calls its tool "${tool.name}"\narguments: ${JSON.stringify(args, null, 2)}`,
        targets: [tool.name],
      }),
    apply: notHere,
  } satisfies ExternalAdapter;
}

function notHere(): Promise<never> {
  throw new Error('only the client calls its tools');
}

function imported(schema: Readonly<Record<string, unknown>>, name: string, pointer: string): JsonObject {
  try {
    const remote = schema as JsonObject;
    const text = JSON.stringify(remote);
    if (text.length > SCHEMA_MAX_CHARS) throw new Error(`is longer than ${SCHEMA_MAX_CHARS} characters`);
    // These keywords take more than linear time, and the requester chooses both schema and value.
    if (COSTLY.test(text)) throw new Error('uses $ref or uniqueItems, which are not taken from a client');
    if (remote['type'] !== 'object') throw new Error('does not describe an object');
    const importer = new SchemaImporter();
    const { additionalProperties = false, ...rest } = importer.ofType(remote, 'object', 0);
    const own = { ...rest, ...importer.definitions(remote), additionalProperties };
    schemaCheck(own);
    return own;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : 'cannot be compiled';
    throw new AssentError('invalid', `A schema of the tool ${name} cannot be used: it ${why}.`, { pointer }, { cause });
  }
}
