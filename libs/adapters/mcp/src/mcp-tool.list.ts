import { ToolSchema, type Tool } from '@modelcontextprotocol/sdk/types.js';
import { isMembers, type McpAnswer } from './response.tracker';
import type { McpClient } from './mcp.client';
import { answerFailure, oneLine } from './mcp-failure';
import type { McpServer } from './mcp-settings';

/** The parts of a definition that we use. Errors in other parts do not matter. */
const Definition = ToolSchema.pick({ name: true, description: true, inputSchema: true, annotations: true }).extend({
  // Only clients of the gateway use it, so a wrong one does not make the tool unusable.
  outputSchema: ToolSchema.shape.outputSchema.catch(undefined),
});
const TOOLS_MAX = 500;
const PAGES_MAX = 50;
/** Maximum number of omitted definitions named in the log. */
const OMITTED_MAX = 20;

export interface ListedTools {
  readonly tools: Tool[];
  /** Names, or positions, of entries that are not valid tools. */
  readonly omitted: string[];
}

/** @throws AssentError for an answer that is not a list, and errors of the transport */
export async function listTools(client: McpClient, server: McpServer, timeoutMs: number): Promise<ListedTools> {
  const listed: unknown[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < PAGES_MAX && listed.length < TOOLS_MAX; page += 1) {
    const answer = await client.ask('tools/list', cursor === undefined ? {} : { cursor }, { timeout: timeoutMs });
    if (answer.kind !== 'result') throw answerFailure('tools/list', server.name, redacted(answer, server));
    const { tools, nextCursor } = answer.result;
    if (!Array.isArray(tools)) {
      throw answerFailure('tools/list', server.name, { kind: 'unusable', why: 'it has no list of tools' });
    }
    listed.push(...(tools as unknown[]));
    cursor = typeof nextCursor === 'string' && nextCursor !== '' ? nextCursor : undefined;
    if (cursor === undefined) break;
  }
  const parsed = listed.slice(0, TOOLS_MAX).map((item) => ({ item, tool: Definition.safeParse(item) }));
  return {
    tools: parsed.flatMap(({ tool }) => (tool.success ? [tool.data] : [])),
    omitted: parsed
      .flatMap(({ item, tool }, index) => (tool.success ? [] : [nameOf(item, index, server)]))
      .slice(0, OMITTED_MAX),
  };
}

/** No call redacts what a server says about its list. */
function redacted<T extends McpAnswer>(answer: T, server: McpServer): T {
  return answer.kind === 'refused' ? { ...answer, message: server.redact(answer.message) } : answer;
}

function nameOf(item: unknown, index: number, server: McpServer): string {
  if (!isMembers(item) || typeof item['name'] !== 'string') return `number ${index + 1}`;
  return oneLine(server.redact(item['name']));
}
