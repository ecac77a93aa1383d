import { Injectable } from '@nestjs/common';
import { frame, type NewFrame } from '@assent/contract';
import { DiffRepository, endApprovals, recordAudit, voidDiffs } from '@assent/approvals';
import type { Cte } from '@assent/platform';
import { cancelQuestions } from '@assent/planner';
import type { RunHead } from '@assent/runs';
import { ClientCallRepository, cancelClientCalls } from '@assent/tools';
import { PendingRequests } from './pending.requests';

/** What ends with a run that is cancelled. */
@Injectable()
export class CancelWrites {
  constructor(
    private readonly requests: PendingRequests,
    private readonly calls: ClientCallRepository,
    private readonly diffs: DiffRepository,
  ) {}

  /** Read under the lock of the run: what was answered a moment ago is not cancelled as well. */
  async of(
    run: RunHead,
    actor: string,
    reason: string | null,
  ): Promise<{ readonly frames: readonly NewFrame[]; readonly writes: readonly Cte[] }> {
    const pending = (await this.requests.of([run.id])).get(run.id) ?? [];
    return {
      frames: [
        ...pending.map(({ id }) => frame('request.resolved', run.step, { id, outcome: 'cancelled', actor })),
        frame('run.cancelled', run.step, { actor, reason }),
      ],
      writes: [
        endApprovals('cancelled', 'pending'),
        voidDiffs(),
        cancelQuestions(),
        cancelClientCalls(),
        ...(await this.audit(run, actor)),
      ],
    };
  }

  /** An approved call that a client was asked to carry out: nobody knows whether it has. */
  private async audit(run: RunHead, actor: string): Promise<Cte[]> {
    const call = await this.calls.findOfStep(run.id, run.step);
    if (call?.state !== 'pending' || call.diffId === null) return [];
    const diff = await this.diffs.find(run.tenantId, call.diffId);
    if (!diff) return [];
    const { tool } = call.request;
    return [
      recordAudit({
        action: 'diff.unknown',
        actor,
        subjectType: 'diff',
        subjectId: diff.id,
        hash: diff.hash,
        detail: { by: 'client', tool, requestId: call.requestId, why: 'the run was cancelled while the client had it' },
      }),
    ];
  }
}
