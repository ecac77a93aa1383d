import { AssentError, type JsonObject } from '@assent/contract';
import type { EffectDraft, EffectResult, ExternalAdapter, ReadAdapter, ToolContext } from '../tool-adapter.port';
import type { McpTool } from './mcp-catalog';

const READ_EFFORT = 3;
const EXTERNAL_EFFORT = 10;
/** For each thing to be careful about. */
const CARE_EFFORT = 10;
/** The call itself ends first, and says why. */
const DEADLINE_MARGIN_MS = 2_000;

export interface McpCaller {
  /**
   * Calls the tool, if it still is what it was. `fresh`: after a look at the server's list.
   * @returns the answer; null when its definition is another one now
   * @throws AssentError `forbidden` when it is disabled
   */
  call(tool: McpTool, args: JsonObject, context: ToolContext): Promise<JsonObject>;
  /** What the tool is now, after a look at the server's list; null when it is gone. */
  look(tool: McpTool): Promise<McpTool | null>;
}

/** A tool of a server as one of ours. */
export function mcpAdapter(tool: McpTool, caller: McpCaller): ReadAdapter | ExternalAdapter {
  if (tool.disabled !== null) return disabledAdapter(tool, caller);
  return tool.effect === 'read' ? readAdapter(tool, caller) : externalAdapter(tool, caller);
}

function descriptionOf(tool: McpTool) {
  return {
    name: tool.name,
    description:
      tool.description === '' ? `The tool "${tool.remote}" of the MCP server "${tool.server}".` : tool.description,
    inputSchema: tool.inputSchema,
    deadlineMs: tool.timeoutMs + DEADLINE_MARGIN_MS,
  };
}

function readAdapter(tool: McpTool, caller: McpCaller): ReadAdapter {
  return {
    ...descriptionOf(tool),
    effect: 'read',
    effort: READ_EFFORT + (tool.hints.openWorld ? CARE_EFFORT : 0),
    idempotent: true,
    run: async (args, context) => caller.call(tool, args, context),
  };
}

function externalAdapter(tool: McpTool, caller: McpCaller): ExternalAdapter {
  const { destructive, openWorld, idempotent } = tool.hints;
  return {
    ...descriptionOf(tool),
    effect: 'external',
    effort: EXTERNAL_EFFORT + (destructive ? CARE_EFFORT : 0) + (openWorld ? CARE_EFFORT : 0),
    idempotent,

    async dryRun(args: JsonObject): Promise<EffectDraft> {
      const now = await caller.look(tool);
      refuseDisabled(now ?? { ...tool, disabled: 'the server does not have it any more' });
      return {
        effect: { server: tool.server, tool: tool.remote, definition: tool.hash, arguments: args },
        summary: summaryOf(tool, args),
        targets: [`mcp:${tool.server}`],
      };
    },

    async apply(effect: JsonObject, context: ToolContext): Promise<EffectResult> {
      const now = await caller.look(tool);
      if (now?.disabled !== null || now.hash !== effect['definition']) {
        return { outcome: 'stale', output: { reason: `${tool.name} is not what it was when this was approved.` } };
      }
      return { outcome: 'applied', output: await caller.call(now, effect['arguments'] as JsonObject, context) };
    },
  };
}

/** Listed, so that people see why it cannot be used; nothing that the server says of it is passed on. */
function disabledAdapter(tool: McpTool, caller: McpCaller): ExternalAdapter {
  return {
    name: tool.name,
    description: `Disabled: ${tool.disabled ?? ''}.`,
    effect: 'external',
    // Any arguments: the answer is why it is disabled.
    inputSchema: { type: 'object', additionalProperties: true },
    effort: EXTERNAL_EFFORT,
    idempotent: false,
    deadlineMs: tool.timeoutMs + DEADLINE_MARGIN_MS,

    async dryRun(): Promise<never> {
      const now = await caller.look(tool);
      refuseDisabled(now ?? tool);
      throw new AssentError('conflict', `${tool.name} was disabled until now. Start the call again.`, {
        tool: tool.name,
      });
    },

    async apply(): Promise<EffectResult> {
      return Promise.resolve({ outcome: 'stale', output: { reason: `${tool.name} is disabled.` } });
    },
  };
}

/** @throws AssentError `forbidden` with the reason */
export function refuseDisabled({ name, disabled }: McpTool): void {
  if (disabled === null) return;
  throw new AssentError('forbidden', `${name} is disabled: ${disabled}.`, { tool: name });
}

function summaryOf({ server, remote, hints }: McpTool, args: JsonObject): string {
  const says = (claim: boolean, yes: string, no: string) => (claim ? yes : no);
  return [
    `Call the tool ${JSON.stringify(remote)} of the MCP server "${server}"`,
    `The server says that it ${says(hints.destructive, 'MAY DESTROY something', 'only adds')}, ` +
      `${says(hints.openWorld, 'MAY REACH the outside world', 'stays within its own data')}, and ` +
      `${says(hints.idempotent, 'does nothing more when repeated', 'does more when repeated')}.`,
    `arguments: ${visible(args)}`,
  ].join('\n');
}

/** Indented JSON, in which no invisible character stays invisible. */
function visible(args: JsonObject): string {
  return JSON.stringify(args, null, 2).replace(
    /[^\P{C}\n]|[\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
