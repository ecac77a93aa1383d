import { Type } from '@sinclair/typebox';
import { AnyObject, closed, type JsonObject } from '@assent/contract';
import { assentTool, toResult } from '../mcp.call';
import { WorkspaceName } from './tool.arguments';

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

/** One call of `tool/check`, with arguments of a model. */
export const checkTool = assentTool({
  name: 'check_tool',
  description: 'What would happen with a call of a tool: allow, ask or deny, and which rule says so. Runs nothing.',
  input: closed({
    tool: Type.String({ minLength: 1, maxLength: 128 }),
    args: AnyObject,
    workspace: Type.Optional(WorkspaceName),
  }),
  scopes: ['run:read'],
  annotations: { readOnlyHint: true },
  call: async (params, call) => {
    const { verdict, ...checked } = await call.invoke('tool/check', { ...params, tainted: true });
    const next = verdict === 'ask' ? 'Propose it: a person decides.' : `The call is answered with ${verdict}.`;
    return toResult({ state: verdict, ...checked, next });
  },
});
