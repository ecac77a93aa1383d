import { Type } from '@sinclair/typebox';
import { Uuid, closed, StartParamsSchema, InputAnswerSchema, METHODS } from '@assent/contract';
import { assentTool, toResult } from '../mcp.call';

const NEWEST_FRAMES = 20;
const WaitSeconds = Type.Integer({
  minimum: 0,
  description: 'Seconds to wait; default 0, maximum: as long as the client allows',
});

/** `run/get` and the newest frames, with the facts that the other tools return. */
export const getRun = assentTool({
  name: 'get_run',
  description:
    'The state of a run, its chosen action, pending requests, result and newest frames. With waitSeconds it waits until the run ends or asks you.',
  input: closed({ runId: Uuid, waitSeconds: Type.Optional(WaitSeconds) }),
  scopes: ['run:read'],
  annotations: { readOnlyHint: true },
  call: async ({ runId, waitSeconds = 0 }, call) => {
    if (waitSeconds > 0) await call.follow(runId, call.seconds(waitSeconds));
    const run = await call.invoke('run/get', { runId });
    const asked = waitSeconds > 0 ? await call.ask(run) : null;
    if (asked) return asked;
    const { next, ...facts } = await call.factsOf(run);
    const { goal, workspace, step, phase, outcome, pending, result, error, cursor } = run;
    const after = Math.max(0, cursor - NEWEST_FRAMES);
    const chosen = await call.framesAfter(runId, 0, ['path.chosen']);
    const frames = await call.framesAfter(runId, after);
    return toResult(
      {
        ...facts,
        goal,
        workspace,
        step,
        phase,
        outcome,
        chosen: chosen.at(-1) ?? null,
        pending,
        result,
        error,
        frames: frames.slice(-NEWEST_FRAMES),
        next,
      },
      false,
    );
  },
});

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
