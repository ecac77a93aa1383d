import { Type } from '@sinclair/typebox';
import { AssentError, Uuid, closed, isTerminal, type Frame } from '@assent/contract';
import type { McpResult } from '../../mcp.sdk';
import { assentTool, toResult, type McpCall } from '../mcp.call';
import { approvalFacts } from '../run.facts';
import { WaitSeconds } from './tool.arguments';

/**
 * Waits for a person's decision and for the rest of the run. For an approval without a run, such as the question of a
 * coding agent, it waits only for the decision. `pending` is a normal result.
 */
export const awaitDecision = assentTool({
  name: 'await_decision',
  description:
    'Waits for the decision of a person on an approval, or for the end of a run, and answers what came of it. ' +
    'Give `approvalId` or `runId`. `pending` means that nobody has decided yet: call it again.',
  input: closed({
    approvalId: Type.Optional(Uuid),
    runId: Type.Optional(Uuid),
    waitSeconds: Type.Optional(WaitSeconds),
  }),
  scopes: ['run:read'],
  annotations: { readOnlyHint: true },
  alwaysLoad: true,
  call: async ({ approvalId, runId, waitSeconds }, call) => {
    if ((approvalId === undefined) === (runId === undefined)) {
      throw new AssentError('invalid', 'await_decision needs either approvalId or runId.', { pointer: '/approvalId' });
    }
    if (approvalId !== undefined) return ofApproval(approvalId, call.seconds(waitSeconds), call);
    if (waitSeconds === 0) return toResult(await call.facts(runId ?? ''));
    return call.outcome(runId ?? '', waitSeconds);
  },
});

async function ofApproval(approvalId: string, seconds: number, call: McpCall): Promise<McpResult> {
  const asked = await call.invoke('approval/get', { approvalId });
  const { runId, state } = asked;
  if (seconds > 0 && runId === null && state === 'pending') await call.awaitDecision(asked, seconds);
  if (seconds > 0 && runId !== null && ['pending', 'approved'].includes(state)) {
    await call.follow(runId, seconds, (frames) => hasGoneOn(approvalId, frames));
  }
  const approval = await call.invoke('approval/get', { approvalId });
  if (runId === null) return toResult(approvalFacts(approval));
  const run = await call.invoke('run/get', { runId });
  const isDecided = approval.state === 'approved' || approval.state === 'rejected';
  return toResult(isDecided && !isTerminal(run.state) ? approvalFacts(approval) : await call.factsOf(run));
}

/** The approval is decided, and the run has begun something else. */
function hasGoneOn(approvalId: string, frames: readonly Frame[]): boolean {
  const decided = frames.findIndex((frame) => frame.type === 'approval.decided' && frame.approvalId === approvalId);
  if (decided === -1) return false;
  return frames.slice(decided).some(({ type }) => type === 'approval.requested' || type === 'run.waiting');
}
