import { Type } from '@sinclair/typebox';
import { StartParamsSchema, closed } from '@assent/contract';
import { assentTool, toResult } from '../mcp.call';

const { goal, context, workspace, actions, beliefs, trace } = StartParamsSchema.properties;

/** One call of `start`. */
export const startRun = assentTool({
  name: 'start_run',
  description:
    'Starts a run that chooses between actions and acts: your own `actions` with `beliefs` or a reasoning `trace`, or, ' +
    'without actions, those of the model of the server. Answers at once; call get_run with waitSeconds for the result.',
  input: closed({ goal, context, workspace, actions, beliefs, trace: Type.Optional(trace) }),
  scopes: ['run:write', 'run:read'],
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false },
  call: async (params, call) => {
    const isGiven = params.actions !== undefined && params.actions.length > 0;
    const { runId, state, stream, cursor } = await call.invoke('start', {
      ...params,
      ...(isGiven && { origin: 'model' as const }),
    });
    return toResult({ state, runId, stream, cursor, next: 'Call get_run with this runId and waitSeconds.' });
  },
});
