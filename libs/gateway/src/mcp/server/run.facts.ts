import type { Approval, Frame, FrameType, JsonObject, Run } from '@assent/contract';
import { isRetryable, lastOf, type FrameOf } from '../mcp.frames';

/** Facts of a result: `state` is the first property, `next` the last one. */
export interface Facts {
  readonly state: string;
  readonly next: string;
  readonly [name: string]: unknown;
}

/** The frames that the facts of a run are read from. */
export const FACT_FRAMES: readonly FrameType[] = [
  'tool.guarded',
  'approval.requested',
  'approval.decided',
  'approval.expired',
  'approval.voided',
  'diff.applied',
  'diff.stale',
];

/** End states that a model must react to. */
const FAULTS: ReadonlySet<string> = new Set([
  'rejected',
  'denied',
  'stale',
  'expired',
  'voided',
  'cancelled',
  'failed',
  'unknown',
]);
const CONFLICT_MAX_CHARS = 16_000;
const FIRST_REVIEW = 'Change the proposal as the comment says; do not propose the same again.';

export function isFault({ state }: Facts): boolean {
  return FAULTS.has(state);
}

/** @param linkOf makes the address of the review page; null without PUBLIC_URL */
export function runFacts(
  run: Run,
  frames: readonly Frame[],
  linkOf: (approvalId: string, hash: string) => string | null,
): Facts {
  const { runId, waitingFor, stream } = run;
  switch (run.state) {
    case 'completed':
      return completed(run, frames);
    case 'failed':
      return failed(run, frames);
    case 'cancelled':
      return { state: 'cancelled', runId, next: 'Start it again only if it is still wanted.' };
    case 'waiting':
      return waiting(run, frames, linkOf) ?? { state: 'waiting', runId, waitingFor, stream, next: LATER };
    default:
      return { state: run.state, runId, stream, next: LATER };
  }
}

/** The meaning of a decided approval while its run continues. */
export function approvalFacts({ approvalId, runId, state, decision }: Approval): Facts {
  const facts = { state, runId, approvalId, by: decision?.actor ?? null, comment: decision?.comment ?? null };
  if (state === 'rejected') return { ...facts, next: FIRST_REVIEW };
  if (state === 'pending') return { ...facts, next: 'Wait, and call await_decision again.' };
  if (state === 'approved') return { ...facts, next: 'Call get_run with this runId for the result.' };
  return { ...facts, next: `The approval was ${state}. Propose anew only if it is still wanted.` };
}

const LATER = 'Call get_run with this runId and waitSeconds.';

function waiting(
  { runId, pending }: Run,
  frames: readonly Frame[],
  linkOf: (approvalId: string, hash: string) => string | null,
): Facts | null {
  const question = pending.find(({ method }) => method === 'input/request');
  if (question) {
    const { question: text, options, expiresAt } = question.params as JsonObject;
    return {
      state: 'question',
      runId,
      requestId: question.id,
      question: text,
      ...(options !== undefined && { options }),
      expiresAt,
      next: 'Call answer_question with this requestId.',
    };
  }
  const asked = pending.find(({ method }) => method === 'approval/request');
  if (!asked) return null;
  const { approvalId, hash, expiresAt } = asked.params as Readonly<Record<'approvalId' | 'hash' | 'expiresAt', string>>;
  const requested = frames.findLast(
    (frame): frame is FrameOf<'approval.requested'> =>
      frame.type === 'approval.requested' && frame.approvalId === approvalId,
  );
  return {
    state: 'pending',
    runId,
    approvalId,
    hash,
    rule: requested?.rule ?? null,
    expiresAt,
    reviewUrl: linkOf(approvalId, hash),
    next: 'Call await_decision with this approvalId; do not propose the same again.',
  };
}

function completed({ runId, result }: Run, frames: readonly Frame[]): Facts {
  const decided = lastOf(frames, 'approval.decided');
  const decision = { by: decided?.actor ?? null, comment: decided?.comment ?? null };
  switch (result?.kind) {
    case 'applied':
      return {
        state: 'applied',
        runId,
        files: lastOf(frames, 'diff.applied')?.files ?? [],
        ...(result.output !== undefined && { output: result.output }),
        ...decision,
        next: REPORT,
      };
    case 'rejected':
      return { state: 'rejected', runId, ...decision, next: FIRST_REVIEW };
    case 'output':
      return { state: 'output', runId, output: result.output ?? null, next: REPORT };
    case 'unchanged':
      return { state: 'unchanged', runId, next: 'The content is already as proposed; nothing was changed.' };
    default:
      return {
        state: 'finished',
        runId,
        summary: result?.summary ?? null,
        reached: result?.reached ?? null,
        remaining: result?.remaining ?? null,
        next: REPORT,
      };
  }
}

const REPORT = 'Call report_outcome when you know how it went.';

function failed({ runId, error }: Run, frames: readonly Frame[]): Facts {
  const { reason = 'failed', message = '' } = error ?? {};
  const stale = lastOf(frames, 'diff.stale');
  if (reason === 'stale' && stale) {
    const conflict = stale.files.flatMap((file) => file.conflict ?? []).join('\n');
    const text = conflict === '' ? message : conflict;
    return {
      state: 'stale',
      runId,
      conflict: text.slice(0, CONFLICT_MAX_CHARS),
      next: 'Read the file again and propose anew.',
    };
  }
  if (reason === 'outcome_unknown') {
    return { state: 'unknown', runId, message, next: 'It may have happened; a person has to look. Do not repeat it.' };
  }
  const guarded = lastOf(frames, 'tool.guarded');
  if (reason === 'forbidden' && guarded?.verdict === 'deny') {
    const { rule, reason: why } = guarded;
    return { state: 'denied', runId, rule, reason: why, next: 'A rule forbids this. Do not propose it again.' };
  }
  for (const state of ['expired', 'voided'] as const) {
    if (!frames.some(({ type }) => type === `approval.${state}`)) continue;
    return { state, runId, message, next: 'Propose anew only if it is still wanted.' };
  }
  const retryable = isRetryable(reason);
  const next = retryable ? 'Try again in a moment.' : 'Correct what the message says and try again.';
  return { state: 'failed', runId, reason, retryable, message, next };
}
