import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { AssentError, frame, type JsonObject, type NewFrame, type Principal } from '@assent/contract';
import { DiffRepository, VoidService, moveDiff } from '@assent/approvals';
import { recordAudit } from '@assent/audit';
import type { RunPart } from '@assent/platform';
import {
  RunCommits,
  RunDispatcher,
  RunRepository,
  appendFramesWhileWaiting,
  lockWaitingRun,
  requestedRuns,
  resumeRun,
} from '@assent/runs';
import {
  ClientCallRepository,
  endToolCall,
  takeClientCall,
  type ClientCallEnd,
  type ClientCallRecord,
} from '@assent/tools';
import { ClientAnswers } from './client.answers';
import { reasonOf } from './client-call.outcome';

const EXPIRY_ACTOR = 'system:expiry';

/**
 * Ends calls of clients' tools with an output, an error or expiry. The first to commit wins. A run that waits for several
 * calls resumes after the last.
 */
@Injectable()
export class ClientCallService {
  constructor(
    private readonly runs: RunRepository,
    private readonly calls: ClientCallRepository,
    private readonly answers: ClientAnswers,
    private readonly diffs: DiffRepository,
    private readonly commits: RunCommits,
    private readonly dispatcher: RunDispatcher,
    private readonly voids: VoidService,
  ) {}

  /** @throws AssentError not_found, invalid (the output does not match the declaration of the tool), conflict, gone */
  async answer(principal: Principal, requestId: string, output: JsonObject): Promise<void> {
    const call = await this.load(principal, requestId);
    const end = { to: 'answered', output: this.answers.shown(output), error: null, actor: principal.subject } as const;
    if (isRepeated(call, end)) return;
    await this.answers.check(call, output);
    await this.endOnce(principal, call, end);
  }

  /** Records the client's report that its tool failed. @throws like `answer` */
  async fail(principal: Principal, requestId: string, message: string): Promise<void> {
    const call = await this.load(principal, requestId);
    const end = { to: 'failed', output: null, error: this.answers.failure(message), actor: principal.subject } as const;
    if (isRepeated(call, end)) return;
    await this.endOnce(principal, call, end);
  }

  /** Ends a call whose deadline has passed. */
  async expire(call: ClientCallRecord): Promise<boolean> {
    const { tool, deadline } = call.request;
    const unknown = call.diffId === null ? '' : ' It may still have been carried out: check before you start again.';
    const error = `No client answered the call of ${tool} before ${deadline}.${unknown}`;
    return this.end(call, { to: 'expired', output: null, error, actor: EXPIRY_ACTOR });
  }

  private async load(principal: Principal, requestId: string): Promise<ClientCallRecord> {
    const call = await this.calls.find(
      principal.tenantId,
      requestId,
      requestedRuns(principal.tenantId, principal.subject),
    );
    if (call) return call;
    throw new AssentError('not_found', `There is no request ${requestId}. run/get lists the pending ones.`);
  }

  private async endOnce(principal: Principal, call: ClientCallRecord, end: ClientCallEnd): Promise<void> {
    if (await this.end(call, end)) return;
    const now = await this.load(principal, call.requestId);
    if (isRepeated(now, end)) return;
    throw new AssentError('in_flight', `Request ${call.requestId} is being changed by another call. Try again.`);
  }

  private async end(call: ClientCallRecord, end: ClientCallEnd): Promise<boolean> {
    const frames = framesOf(call, end);
    const diff = call.diffId === null ? undefined : await this.diffs.find(call.tenantId, call.diffId);
    const voided =
      diff && end.to !== 'answered'
        ? await this.voids.approved({ id: call.runId, step: call.step }, end.error ?? '')
        : { frames: [], writes: [] };
    frames.unshift(...voided.frames);
    if (diff && end.to === 'answered') {
      frames.unshift(frame('diff.applied', call.step, { diffId: diff.id, hash: diff.hash, files: [], written: true }));
    }
    const lock = lockWaitingRun(call.runId);
    const taken = takeClientCall(lock, call, end);
    const writes = [...writesOf(call, end), ...voided.writes, ...(diff ? effectOf(diff, end) : [])];
    // Of two concurrent answers, the second sees the first, so exactly one finds that it is the last.
    const run = await this.dispatcher.commit((claim) =>
      this.commits.commitSerialized(call.runId, async () => {
        const [head, othersPending] = await Promise.all([
          this.runs.findHead(call.tenantId, call.runId),
          this.calls.hasOthersPending(call),
        ]);
        const isLast = !othersPending;
        const all = isLast ? [...frames, resumedBy(call, end)] : frames;
        return {
          before: [lock, taken],
          run: isLast
            ? resumeRun(taken, claim, head?.phase ?? 'observe', all.length)
            : appendFramesWhileWaiting(taken, all.length),
          writes,
          frames: all,
        };
      }),
    );
    return run !== null;
  }
}

function framesOf(
  { requestId, step, callId, diffId, request, createdAt }: ClientCallRecord,
  end: ClientCallEnd,
): NewFrame[] {
  const { tool } = request;
  const { to, output, error, actor } = end;
  const completion: NewFrame[] =
    to === 'answered'
      ? [
          frame('tool.output', step, { callId, tool, output }),
          frame('tool.completed', step, { callId, tool, durationMs: Math.max(0, Date.now() - createdAt.getTime()) }),
        ]
      : [frame('tool.failed', step, { callId, tool, error: { reason: reasonOf(to, diffId), message: error ?? '' } })];
  return [...completion, frame('request.resolved', step, { id: requestId, outcome: to, actor })];
}

function resumedBy({ step }: ClientCallRecord, { to }: ClientCallEnd): NewFrame {
  return frame('run.resumed', step, { reason: to === 'expired' ? 'expiry' : 'answer' });
}

function writesOf({ callId, diffId }: ClientCallRecord, { to, error }: ClientCallEnd): RunPart[] {
  if (to === 'answered') return [endToolCall(callId, 'completed', null)];
  return [endToolCall(callId, 'failed', { reason: reasonOf(to, diffId), message: error ?? '' })];
}

/** The outcome of an approved call. For an expired call it is unknown: its diff stays `applying`, for a person to check. */
function effectOf(diff: { id: string; hash: string }, { to, actor, error }: ClientCallEnd): RunPart[] {
  const audit = { actor, subjectType: 'diff' as const, subjectId: diff.id, hash: diff.hash };
  const by = 'client';
  if (to === 'answered') {
    return [moveDiff(diff.id, 'applying', 'applied'), recordAudit({ ...audit, action: 'diff.apply', detail: { by } })];
  }
  if (to === 'expired') return [recordAudit({ ...audit, action: 'diff.unknown', detail: { by, why: error } })];
  const failed = recordAudit({ ...audit, action: 'diff.fail', detail: { by, why: error } });
  return [moveDiff(diff.id, 'applying', 'voided'), failed];
}

/** Whether the same actor ended the call with the same answer before. @throws AssentError for any other call that is not open */
function isRepeated(call: ClientCallRecord, end: ClientCallEnd): boolean {
  const { state, requestId, actor, overdue, expiresAt } = call;
  if (state === 'expired' || overdue) {
    throw new AssentError('gone', `Request ${requestId} expired at ${expiresAt.toISOString()}: the run went on.`);
  }
  if (state === 'pending') return false;
  const isSame = isDeepStrictEqual(
    [state, actor, call.output, call.error],
    [end.to, end.actor, asStored(end.output), end.error],
  );
  if (isSame) return true;
  throw new AssentError('conflict', `Request ${requestId} is ${state} already: nothing was changed.`, {
    state,
    winner: { outcome: state, actor },
  });
}

/** The output after a JSON round trip: -0 becomes 0. */
function asStored(output: JsonObject | null): unknown {
  return JSON.parse(JSON.stringify(output));
}
