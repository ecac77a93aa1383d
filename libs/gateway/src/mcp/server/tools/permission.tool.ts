import { Type } from '@sinclair/typebox';
import { AnyObject, closed, type JsonObject } from '@assent/contract';
import { assentTool } from '../mcp.call';

/** The permission prompt of Claude Code. Its answer has the form that this client prescribes: one text block. */
export const permission = assentTool({
  name: 'permission',
  description: 'Asks a person whether a tool may be used. For --permission-prompt-tool of Claude Code.',
  input: closed({
    tool_name: Type.String({ minLength: 1, maxLength: 256 }),
    input: AnyObject,
    tool_use_id: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
  }),
  scopes: ['permission:ask'],
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  call: async ({ tool_name: tool, input, tool_use_id: toolUseId = null }, call) => {
    const { decision, updatedInput, message } = await call.askPermission({
      tool,
      input: input as JsonObject,
      toolUseId,
    });
    const answer =
      decision === 'allow' ? { behavior: 'allow', updatedInput: updatedInput ?? input } : { behavior: 'deny', message };
    return { content: [{ type: 'text', text: JSON.stringify(answer) }] };
  },
});
