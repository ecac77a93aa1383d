import type { StartParams } from '@assent/contract';
import type { Caller } from './caller';
import { eventually } from './eventually';
import { frameOf, framesOf, framesUntil, type WireFrame } from './frames';
import { writePlan } from './plans';

/** A run that waits for a decision, and what a reviewer needs of it. */
export interface Pending {
  readonly runId: string;
  readonly approvalId: string;
  readonly diffId: string;
  readonly requestId: string;
  readonly hash: string;
  readonly frames: readonly WireFrame[];
}

/** Starts a run that writes a file, and waits until it asks. */
export async function startPending(
  developer: Caller,
  path: string,
  content: string,
  more: Partial<StartParams> = {},
): Promise<Pending> {
  return startUntilAsked(developer, writePlan(path, content, more));
}

/** Starts a run, and waits until it asks. */
export async function startUntilAsked(developer: Caller, params: StartParams): Promise<Pending> {
  const { runId } = await developer.call('start', params);
  const frames = await framesUntil(developer, runId, 'run.waiting');
  const asked = frameOf(frames, 'approval.requested');
  const text = (name: string): string => String(asked[name]);
  return {
    runId,
    approvalId: text('approvalId'),
    diffId: text('diffId'),
    requestId: text('requestId'),
    hash: text('hash'),
    frames,
  };
}

/** The rebase proposal for a change whose base has changed, as an approval to decide. */
export async function offerOf(
  developer: Caller,
  { runId, approvalId }: Pick<Pending, 'runId' | 'approvalId'>,
): Promise<Pick<Pending, 'approvalId' | 'hash' | 'diffId'>> {
  const frames = await eventually('the fresh change is asked for', async () => {
    const all = await framesOf(developer, runId);
    return all.some((frame) => frame.type === 'approval.requested' && frame['approvalId'] !== approvalId) ? all : null;
  });
  const asked = frames.findLast(({ type }) => type === 'approval.requested');
  return {
    approvalId: String(asked?.['approvalId']),
    hash: String(asked?.['hash']),
    diffId: String(asked?.['diffId']),
  };
}

/** A reviewer's decision by REST. */
export function decide(
  reviewer: Caller,
  { approvalId, hash }: Pick<Pending, 'approvalId' | 'hash'>,
  verb: 'approve' | 'reject',
  body: object = {},
): Promise<Response> {
  return reviewer.post(`/approvals/${approvalId}/${verb}`, body, { 'if-match': `"${hash}"` });
}
