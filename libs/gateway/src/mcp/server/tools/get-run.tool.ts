import { Type } from '@sinclair/typebox';
import { Uuid, closed } from '@assent/contract';
import { assentTool, toResult } from '../mcp.call';

const NEWEST_FRAMES = 20;
const WaitSeconds = Type.Integer({
  minimum: 0,
  description: 'Seconds to wait; default 0, maximum: as long as the client allows',
});

/** `run/get` and the newest frames, with the facts that the other tools answer. */
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
