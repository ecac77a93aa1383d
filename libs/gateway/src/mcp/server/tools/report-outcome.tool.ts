import { METHODS, closed } from '@assent/contract';
import { assentTool, toResult } from '../mcp.call';

const { runId, outcome, score, note } = METHODS.complete.params.properties;

/** One call of `complete`. */
export const reportOutcome = assentTool({
  name: 'report_outcome',
  description: 'Says how a finished run went, once you know it. Later runs learn from it.',
  input: closed({ runId, outcome, score, note }),
  scopes: ['run:write'],
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  call: async (params, call) => {
    const { state, ...completed } = await call.invoke('complete', params);
    return toResult({ state, ...completed, next: 'Nothing is left to do for this run.' });
  },
});
