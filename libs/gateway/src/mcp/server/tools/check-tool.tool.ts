import { Type } from '@sinclair/typebox';
import { AnyObject, closed } from '@assent/contract';
import { assentTool, toResult } from '../mcp.call';
import { WorkspaceName } from './tool.arguments';

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
