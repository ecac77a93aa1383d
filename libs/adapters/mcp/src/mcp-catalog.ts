import type { Json, JsonObject } from '@assent/contract';
import type { Tool } from '@modelcontextprotocol/sdk/types.js';
import { cutText, contentHashOf } from '@assent/platform';
import type { KnownTool, RemoteTool, TrustStore } from '@assent/tools';
import { localName } from './mcp-name';
import { importSchema } from './mcp-schema';
import { shapeOf } from './schema-shape';
import type { McpServer } from './mcp-settings';

const DESCRIPTION_MAX_CHARS = 4_096;
/** Maximum characters of the definition kept for the trust decision. A reviewer must see all of it, so a longer one is not offered. */
const DEFINITION_MAX_CHARS = 131_072;

/** A tool of an MCP server under its local name. */
export interface McpTool {
  /** `mcp.<server>.<tool>` */
  readonly name: string;
  readonly server: string;
  /** The tool's name on the server. */
  readonly remote: string;
  /** Hash of the definition, see `definitionHash`. */
  readonly hash: string;
  /** The reason why the tool must not be called; null when it may be. */
  readonly disabled: string | null;
  /** The tool is disabled until a person trusts it. */
  readonly awaitsTrust: boolean;
  readonly description: string;
  readonly inputSchema: JsonObject;
  /** Schemas and annotations as the server gives them. */
  readonly given: Pick<RemoteTool, 'inputSchema' | 'outputSchema' | 'annotations'>;
  readonly effect: 'read' | 'external';
  readonly hints: McpHints;
  readonly timeoutMs: number;
}

/** Annotations of the server. They only make us more careful, except `readOnly`, which the settings can override. */
export interface McpHints {
  readonly readOnly: boolean;
  readonly destructive: boolean;
  readonly idempotent: boolean;
  readonly openWorld: boolean;
}

export interface Trust {
  readonly mode: 'first-use' | 'pinned';
  readonly store: TrustStore;
}

/** Compares the tools a server has now with the trusted ones. Trusts new tools where the settings allow it. */
export async function catalogOf(server: McpServer, remote: readonly Tool[], trust: Trust): Promise<McpTool[]> {
  const known = new Map((await trust.store.known(server.name)).map((one) => [one.tool, one]));
  const tools = new Map<string, McpTool>();
  for (const tool of remote) {
    const name = localName(server.name, tool.name);
    if (name === null) continue;
    // Two tools share a name, so a call would be ambiguous.
    const duplicate = tools.get(name);
    const definition = definitionOf(tool);
    const described = describe(server, name, tool, definition);
    const unusable = duplicate ? 'the server has two tools of this name' : described.disabled;
    const distrusted = unusable === null ? await distrust(described, definition, known.get(tool.name), trust) : null;
    tools.set(name, { ...described, disabled: unusable ?? distrusted, awaitsTrust: distrusted !== null });
  }
  return [...tools.values()];
}

function definitionOf({ name, description = '', inputSchema, annotations = {} }: Tool): McpDefinition {
  return { name, description, inputSchema: inputSchema as Json, annotations: annotations as Json };
}

function describe(server: McpServer, name: string, tool: Tool, definition: McpDefinition): McpTool {
  const { name: remote, description } = definition;
  const imported = importSchema(tool.inputSchema);
  const hints = hintsOf(tool.annotations ?? {});
  return {
    name,
    server: server.name,
    remote,
    hash: definitionHash(definition),
    disabled: imported.ok ? null : `its input schema ${imported.problem}`,
    awaitsTrust: false,
    description: cutText(server.redact(description), DESCRIPTION_MAX_CHARS).toWellFormed(),
    inputSchema: imported.ok ? imported.schema : {},
    given: {
      inputSchema: definition.inputSchema as JsonObject,
      annotations: definition.annotations as JsonObject,
      // The trusted definition does not cover this schema.
      ...(tool.outputSchema && { outputSchema: shapeOf(tool.outputSchema as JsonObject) }),
    },
    effect: server.effects.get(remote) ?? (hints.readOnly ? 'read' : 'external'),
    hints,
    timeoutMs: server.timeoutMs,
  };
}

/** Applies the defaults of the protocol: a tool may be destructive and open-world unless it says otherwise. */
function hintsOf(annotations: NonNullable<Tool['annotations']>): McpHints {
  const { readOnlyHint = false, destructiveHint, idempotentHint = false, openWorldHint = true } = annotations;
  // A tool that claims to be both read-only and destructive is not trusted to be read-only.
  const readOnly = readOnlyHint && destructiveHint !== true;
  return { readOnly, destructive: destructiveHint ?? !readOnly, idempotent: idempotentHint, openWorld: openWorldHint };
}

/** Stores a new or changed definition. @param known the stored record @returns why the tool is not trusted; null when it is */
async function distrust(
  { name: id, server, remote: tool, hash }: McpTool,
  definition: McpDefinition,
  known: KnownTool | undefined,
  { mode, store }: Trust,
): Promise<string | null> {
  if (JSON.stringify(definition).length > DEFINITION_MAX_CHARS) return 'its definition is too long to be checked';
  const now =
    known?.hash === hash ? known : await store.see({ id, server, tool, hash, definition }, mode === 'first-use');
  if (now?.trustedHash === hash) return null;
  if (!now) return 'the server has offered more tools than can be tracked';
  const how = `Look at it with tool/trust/list, and trust it with tool/trust, id ${id}, hash ${hash}`;
  return now.trustedHash === null
    ? `it was never trusted. ${how}`
    : `its definition changed since it was trusted. ${how}`;
}

/** The part of a definition that models and the guard rely on. The order of properties does not matter. */
interface McpDefinition extends JsonObject {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: Json;
  readonly annotations: Json;
}

/** Hash of name, description, input schema and annotations. */
export function definitionHash({ name, description, inputSchema, annotations }: McpDefinition): string {
  return contentHashOf(JSON.stringify(ordered([name, description, inputSchema, annotations])));
}

function ordered(value: Json): Json {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, inner]) => [name, ordered(inner)]),
  );
}
