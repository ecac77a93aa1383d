import { Type } from '@sinclair/typebox';
import { InputAnswerSchema, closed } from '@assent/contract';
import { assentTool, toResult } from '../mcp.call';

/** The reply to an `input/request`, as by POST /rpc. It cannot decide: an approval takes only the reply of a decider. */
export const answerQuestion = assentTool({
  name: 'answer_question',
  description: 'Answers a question that a run has asked (`requestId` of a result with the state `question`).',
  input: closed({ requestId: Type.String({ minLength: 1, maxLength: 64 }), answer: InputAnswerSchema }),
  scopes: ['run:write', 'run:read'],
  annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false },
  call: async ({ requestId, answer }, call) => {
    await call.answer(requestId, answer);
    return toResult({ state: 'answered', requestId, next: 'Call get_run with the runId and waitSeconds.' });
  },
});
