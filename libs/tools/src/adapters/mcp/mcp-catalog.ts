import type { Json, JsonObject } from '@assent/contract';
import type { Tool } from '@modelcontextprotocol/sdk/types.js';
import { localName } from './mcp-name';
import { definitionHash, type McpPins } from './mcp-pins';
import { importSchema } from './mcp-schema';
import type { McpServer } from './mcp-settings';

const DESCRIPTION_MAX_CHARS = 4_096;
const FIRST_USE_ACTOR = 'first-use';

/** A tool of a server as it is offered here. */
export interface McpTool {
  /** `mcp.<server>.<tool>` */
  readonly name: string;
  readonly server: string;
  /** As the server calls it. */
  readonly remote: string;
  /** Of its definition, see `definitionHash`. */
  readonly hash: string;
  /** Why it is not to be called; null when it is. */
  readonly disabled: string | null;
  readonly description: string;
  readonly inputSchema: JsonObject;
  readonly effect: 'read' | 'external';
  readonly hints: McpHints;
  readonly timeoutMs: number;
}

/** What the server says of it; only ever used to be more careful, but for `readOnly`, which the settings can overrule. */
export interface McpHints {
  readonly readOnly: boolean;
  readonly destructive: boolean;
  readonly idempotent: boolean;
  readonly openWorld: boolean;
}

export interface Trust {
  readonly mode: 'first-use' | 'pinned';
  readonly pins: McpPins;
  readonly now: () => Date;
}

/** Judges the tools a server has now by what was trusted; trusts new ones where the settings say so. */
export async function catalogOf(server: McpServer, remote: readonly Tool[], trust: Trust): Promise<McpTool[]> {
  const tools = new Map<string, McpTool>();
  for (const tool of remote) {
    const name = localName(server.name, tool.name);
    if (name === null) continue;
    // Two of one name: nobody can say which is meant.
    const twin = tools.get(name);
    const described = describe(server, name, tool);
    const disabled = twin
      ? 'the server has two tools of this name'
      : (described.disabled ?? (await distrust(described, trust)));
    tools.set(name, { ...described, disabled });
  }
  return [...tools.values()];
}

function describe(server: McpServer, name: string, { name: remote, description = '', ...tool }: Tool): McpTool {
  const imported = importSchema(tool.inputSchema);
  const hints = hintsOf(tool.annotations ?? {});
  return {
    name,
    server: server.name,
    remote,
    hash: definitionHash({
      name: remote,
      description,
      inputSchema: tool.inputSchema as Json,
      annotations: (tool.annotations ?? {}) as Json,
    }),
    disabled: imported.ok ? null : `its input schema ${imported.problem}`,
    description: description.slice(0, DESCRIPTION_MAX_CHARS).toWellFormed(),
    inputSchema: imported.ok ? imported.schema : {},
    effect: server.effects.get(remote) ?? (hints.readOnly ? 'read' : 'external'),
    hints,
    timeoutMs: server.timeoutMs,
  };
}

/** What is not said is taken as the protocol has it: may destroy, may reach anything. */
function hintsOf(annotations: NonNullable<Tool['annotations']>): McpHints {
  const { readOnlyHint = false, destructiveHint, idempotentHint = false, openWorldHint = true } = annotations;
  // One that says both is not believed.
  const readOnly = readOnlyHint && destructiveHint !== true;
  return { readOnly, destructive: destructiveHint ?? !readOnly, idempotent: idempotentHint, openWorld: openWorldHint };
}

async function distrust({ server, remote, hash }: McpTool, { mode, pins, now }: Trust): Promise<string | null> {
  const pin = await pins.get(server, remote);
  if (pin?.hash === hash) return null;
  const how = `pin its hash ${hash} for "${server}/${remote}"`;
  if (pin) return `its definition changed since it was trusted. Look at it, and to trust it again ${how}`;
  if (mode === 'pinned') return `it was never trusted. Look at it, and to trust it ${how}`;
  await pins.set(server, remote, { hash, trustedAt: now().toISOString(), actor: FIRST_USE_ACTOR });
  return null;
}
