import { AssentError, type JsonObject } from '@assent/contract';
import {
  shownText,
  type EffectDraft,
  type EffectResult,
  type ExternalAdapter,
  type ReadAdapter,
  type ToolContext,
} from '@assent/tools';
import type { McpAnswer } from './response.tracker';
import type { McpTool } from './mcp-catalog';
import { answerFailure, failureMessage, oneLine } from './mcp-failure';
import { localArgument, remoteArgument, renamed } from './mcp-name';
import { flatten } from './mcp-result';

const READ_EFFORT = 3;
const EXTERNAL_EFFORT = 10;
/** Effort added for each risk that the annotations name. */
const CARE_EFFORT = 10;
/** Margin of the deadline, so that the call ends first and reports why. */
const DEADLINE_MARGIN_MS = 2_000;

export interface McpCaller {
  /**
   * Calls the tool if its definition is unchanged.
   * @returns the server's answer, a result or an error
   * @throws AssentError `forbidden` when the tool is disabled; a transport fault when there was no answer
   */
  call(tool: McpTool, args: JsonObject, context: ToolContext): Promise<McpAnswer>;
  /** Reads the server's list and returns the current tool; null when the server no longer has it. */
  current(tool: McpTool): Promise<McpTool | null>;
}

/** Wraps a tool of a server as a local adapter. */
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
    remote: {
      server: tool.server,
      hash: tool.hash,
      description: tool.description,
      ...tool.given,
      toLocal: (args: JsonObject) => renamed(args, localArgument),
      toRemote: (args: JsonObject) => renamed(args, remoteArgument),
    },
  };
}

function readAdapter(tool: McpTool, caller: McpCaller): ReadAdapter {
  return {
    ...descriptionOf(tool),
    effect: 'read',
    effort: READ_EFFORT + (tool.hints.openWorld ? CARE_EFFORT : 0),
    idempotent: true,
    // A tool that reports a failure has still answered the read.
    run: async (args, context) => {
      const answer = await answerOf(caller, tool, args, context);
      if (answer.kind === 'result') return flatten(answer.result, context);
      throw answerFailure(tool.name, tool.server, answer);
    },
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
      const now = await caller.current(tool);
      refuseDisabled(now ?? { ...tool, disabled: 'the server does not have it any more' });
      return {
        effect: { server: tool.server, tool: tool.remote, definition: tool.hash, arguments: args },
        summary: summaryOf(tool, args),
        targets: [`mcp:${tool.server}`],
      };
    },

    async apply(effect: JsonObject, context: ToolContext): Promise<EffectResult> {
      const now = await caller.current(tool);
      if (now?.disabled !== null || now.hash !== effect['definition']) {
        return { outcome: 'stale', output: { reason: `${tool.name} is not what it was when this was approved.` } };
      }
      return effectResult(now, await answerOf(caller, now, effect['arguments'] as JsonObject, context), context);
    },
  };
}

/** Calls the server. Redacts the message of a refusal here, because it is cut later. */
async function answerOf(caller: McpCaller, tool: McpTool, args: JsonObject, context: ToolContext): Promise<McpAnswer> {
  const answer = await caller.call(tool, args, context);
  return answer.kind === 'refused' ? { ...answer, message: shownText(answer.message, context) } : answer;
}

/** Every answer means that the call was made, even an unreadable one. */
function effectResult({ name, server }: McpTool, answer: McpAnswer, context: ToolContext): EffectResult {
  if (answer.kind !== 'result') {
    const message = failureMessage(name, server, answer);
    const status = answer.kind === 'refused' && answer.status !== undefined ? { status: answer.status } : {};
    const output = { text: '', error: { message, ...status }, omitted: [], truncated: answer.kind === 'unusable' };
    return { outcome: 'applied', output, report: { ok: false, ...status, message } };
  }
  const output = flatten(answer.result, context);
  const said = oneLine(output.text);
  const isError = output['isError'] === true;
  const message = `${name} ${isError ? 'failed' : 'answered'}${said === '' ? '' : ` and says: ${JSON.stringify(said)}`}.`;
  return { outcome: 'applied', output, report: { ok: !isError, ...(isError && { isError }), message } };
}

/** Listed so that people see why the tool cannot be used. Passes on nothing that the server says about it. */
function disabledAdapter(tool: McpTool, caller: McpCaller): ExternalAdapter {
  return {
    name: tool.name,
    description: `Disabled: ${tool.disabled ?? ''}.`,
    effect: 'external',
    // Accepts any arguments, because every call returns the reason.
    inputSchema: { type: 'object', additionalProperties: true },
    effort: EXTERNAL_EFFORT,
    idempotent: false,
    deadlineMs: tool.timeoutMs + DEADLINE_MARGIN_MS,

    async dryRun(): Promise<never> {
      const now = await caller.current(tool);
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

/** Indented JSON with invisible characters escaped. */
function visible(args: JsonObject): string {
  return JSON.stringify(args, null, 2).replace(
    /[^\P{C}\n]|[\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
