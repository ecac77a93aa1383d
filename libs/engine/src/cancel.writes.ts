import { Injectable } from '@nestjs/common';
import { frame, type NewFrame } from '@assent/contract';
import { DiffRepository, VoidService, cancelApprovals, voidDiffs } from '@assent/approvals';
import { recordAudit } from '@assent/audit';
import type { RunPart } from '@assent/platform';
import { cancelQuestions } from '@assent/planner';
import type { RunHead } from '@assent/runs';
import { ClientCallRepository, cancelClientCalls } from '@assent/tools';
import { PendingRequests } from './interrupts/pending.requests';

/** Reason for voiding an approval given before the cancellation. */
const CANCELLED = 'its run was cancelled before it was applied';

/** Writes that cancel everything open of a run. */
@Injectable()
export class CancelWrites {
  constructor(
    private readonly requests: PendingRequests,
    private readonly calls: ClientCallRepository,
    private readonly diffs: DiffRepository,
    private readonly voids: VoidService,
  ) {}

  /** MUST be called under the lock of the run, so that it does not cancel a request that was just answered. */
  async of(
    run: RunHead,
    actor: string,
    reason: string | null,
  ): Promise<{ readonly frames: readonly NewFrame[]; readonly writes: readonly RunPart[] }> {
    const pending = (await this.requests.of([run.id])).get(run.id) ?? [];
    const voided = await this.voids.approved(run, CANCELLED);
    return {
      frames: [
        ...pending.map(({ id }) => frame('request.resolved', run.step, { id, outcome: 'cancelled', actor })),
        ...voided.frames,
        frame('run.cancelled', run.step, { actor, reason }),
      ],
      writes: [
        cancelApprovals(),
        ...voided.writes,
        voidDiffs(),
        cancelQuestions(),
        cancelClientCalls(),
        ...(await this.audit(run, actor)),
      ],
    };
  }

  /** The audit row for an approved call that the client was asked to make. Whether the client made it is unknown. */
  private async audit(run: RunHead, actor: string): Promise<RunPart[]> {
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
