import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { AssentError, frame, type JsonObject, type NewFrame, type Principal } from '@assent/contract';
import { DiffRepository, endApprovals, moveDiff, recordAudit } from '@assent/approvals';
import type { Cte } from '@assent/platform';
import { RunCommits, RunHandoff, holdWaiting } from '@assent/runs';
import {
  ClientCallRepository,
  endToolCall,
  takeClientCall,
  type ClientCallEnd,
  type ClientCallRecord,
} from '@assent/tools';

import { ClientAnswers } from './client.answers';

const EXPIRY_ACTOR = 'system:expiry';

/** Ends calls of clients' tools: by an output, by an error, or by the time that ran out. The first committed one wins. */
@Injectable()
export class ClientCallService {
  constructor(
    private readonly calls: ClientCallRepository,
    private readonly answers: ClientAnswers,
    private readonly diffs: DiffRepository,
    private readonly commits: RunCommits,
    private readonly handoff: RunHandoff,
  ) {}

  /** @throws AssentError not_found, invalid (the output is not what the tool has declared), conflict, gone */
  async answer(principal: Principal, requestId: string, output: JsonObject): Promise<void> {
    const call = await this.load(principal, requestId);
    const end = { to: 'answered', output: this.answers.shown(output), error: null, actor: principal.subject } as const;
    if (isRepeated(call, end)) return;
    await this.answers.check(call, output);
    await this.endOnce(principal, call, end);
  }

  /** The client says that its tool has failed. @throws as `answer` */
  async fail(principal: Principal, requestId: string, message: string): Promise<void> {
    const call = await this.load(principal, requestId);
    const end = { to: 'failed', output: null, error: this.answers.text(message), actor: principal.subject } as const;
    if (isRepeated(call, end)) return;
    await this.endOnce(principal, call, end);
  }

  /** Nobody has answered in time. */
  async expire(call: ClientCallRecord): Promise<void> {
    const { tool, deadline } = call.request;
    const unknown =
      call.diffId === null ? '' : ' It may have been carried out all the same: look before you start again.';
    const error = `No client answered the call of ${tool} before ${deadline}.${unknown}`;
    await this.end(call, { to: 'expired', output: null, error, actor: EXPIRY_ACTOR });
  }

  private async load(principal: Principal, requestId: string): Promise<ClientCallRecord> {
    const call = await this.calls.find(principal.tenantId, principal.subject, requestId);
    if (call) return call;
    throw new AssentError('not_found', `There is no request ${requestId}: run/get lists those that are pending.`);
  }

  private async endOnce(principal: Principal, call: ClientCallRecord, end: ClientCallEnd): Promise<void> {
    if (await this.end(call, end)) return;
    const now = await this.load(principal, call.requestId);
    if (isRepeated(now, end)) return;
    throw new AssentError('in_flight', `Request ${call.requestId} is being changed right now: try again.`);
  }

  private async end(call: ClientCallRecord, end: ClientCallEnd): Promise<boolean> {
    const frames = framesOf(call, end);
    const diff = call.diffId === null ? undefined : await this.diffs.find(call.tenantId, call.diffId);
    if (diff && end.to === 'answered') {
      frames.unshift(frame('diff.applied', call.step, { diffId: diff.id, hash: diff.hash, files: [], written: true }));
    }
    const run = await this.handoff.commit((claim) =>
      this.commits.commit({
        before: takeClientCall(call, end),
        hold: holdWaiting('taken', claim, 'observe', frames.length),
        writes: [...writesOf(call, end), ...(diff ? effectOf(diff, end) : [])],
        frames,
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
  const told: NewFrame[] =
    to === 'answered'
      ? [
          frame('tool.output', step, { callId, tool, output }),
          frame('tool.completed', step, { callId, tool, durationMs: Math.max(0, Date.now() - createdAt.getTime()) }),
        ]
      : [frame('tool.failed', step, { callId, tool, error: { reason: reasonOf(to, diffId), message: error ?? '' } })];
  return [
    ...told,
    frame('request.resolved', step, { id: requestId, outcome: to, actor }),
    frame('run.resumed', step, { reason: to === 'expired' ? 'expiry' : 'answer' }),
  ];
}

function writesOf({ callId, diffId }: ClientCallRecord, { to, error }: ClientCallEnd): Cte[] {
  if (to === 'answered') return [endToolCall(callId, 'completed', null)];
  return [endToolCall(callId, 'failed', { reason: reasonOf(to, diffId), message: error ?? '' })];
}

/** What an approved call has come to. Nobody knows it of one that was not answered: its diff stays as it is, for a person to look at. */
function effectOf(diff: { id: string; hash: string }, { to, actor, error }: ClientCallEnd): Cte[] {
  const audit = { actor, subjectType: 'diff' as const, subjectId: diff.id, hash: diff.hash };
  const by = 'client';
  if (to === 'answered') {
    return [moveDiff(diff.id, 'applying', 'applied'), recordAudit({ ...audit, action: 'diff.apply', detail: { by } })];
  }
  const voided = endApprovals('voided', 'approved');
  if (to === 'expired') return [voided, recordAudit({ ...audit, action: 'diff.unknown', detail: { by, why: error } })];
  const failed = recordAudit({ ...audit, action: 'diff.fail', detail: { by, why: error } });
  return [voided, moveDiff(diff.id, 'applying', 'voided'), failed];
}

/** Reason of a call that has failed, as frames and results of runs have it. */
export function reasonOf(to: 'answered' | 'failed' | 'expired', diffId: string | null): string {
  if (to !== 'expired') return 'tool_failed';
  return diffId === null ? 'timeout' : 'outcome_unknown';
}

/** Whether this very answer of this actor has ended it before. @throws AssentError for any call that is no longer open */
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

/** JSON has one zero; a value in the hand has two. */
function asStored(output: JsonObject | null): unknown {
  return JSON.parse(JSON.stringify(output));
}
