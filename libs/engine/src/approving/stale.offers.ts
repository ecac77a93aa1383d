import { Injectable } from '@nestjs/common';
import { frame, type NewFrame } from '@assent/contract';
import { ApprovalRepository, DiffRepository, endApprovals, moveDiff, recordAudit } from '@assent/approvals';
import { newId } from '@assent/platform';
import { ToolRevisions, type Applied } from '@assent/tools';
import type { PhaseResult, StepDiff, Work } from '../work';
import { ApprovalAsker } from './approval.asker';
import { CallAgain, type Fresh } from './call.again';

const ACTOR = 'system:apply';

/**
 * What becomes of an approved change whose base has moved. Nothing is written; the same change on what is there now is offered as
 * a new revision that waits for a decision of its own: merged where that goes without a conflict, else tried dry again.
 */
@Injectable()
export class StaleOffers {
  constructor(
    private readonly revisions: ToolRevisions,
    private readonly asker: ApprovalAsker,
    private readonly calls: CallAgain,
    private readonly diffs: DiffRepository,
    private readonly approvals: ApprovalRepository,
  ) {}

  /** null: there is nothing to offer */
  async offer(work: Work, diff: StepDiff, applied: Applied): Promise<PhaseResult | null> {
    const { run } = work;
    const call = await this.calls.find(work);
    const fresh = call && ((await this.rebased(diff)) ?? (await this.calls.redraft(work, call)));
    if (!call || !fresh || fresh.hash === diff.hash) return null;
    const before = await this.diffs.findOfStep(run.id, run.step);
    const revision = (before?.revision ?? 1) + 1;
    const { origin, hash, files, content } = fresh;
    const id = newId();
    const next = {
      ...diff,
      id,
      state: 'pending' as const,
      hash,
      content,
      files,
      revision,
      origin,
      supersedes: diff.id,
      args: before?.args ?? null,
    };
    work.diff = { ...next, dispatchedHere: false };
    work.call = call;
    const asked = await this.asker.ask(work, next, call, false);
    const { callId, id: staleId } = diff;
    return {
      ...asked,
      frames: [
        frame('diff.stale', run.step, {
          ...{ diffId: staleId, hash: diff.hash, files: [...applied.files] },
          offer: { diffId: id, revision, hash, origin },
        }),
        ...(await this.voided(work, 'its base has changed')),
        frame('diff.created', run.step, {
          diffId: id,
          callId,
          revision,
          hash,
          files: [...files],
          origin,
          author: null,
          supersedes: staleId,
        }),
        ...asked.frames,
      ],
      writes: [
        moveDiff(staleId, 'applying', 'stale'),
        endApprovals('voided', 'approved'),
        recordAudit({
          ...{ action: 'diff.stale', actor: ACTOR, subjectType: 'diff', subjectId: staleId, hash: diff.hash },
          detail: { files: applied.files.map(({ path, state }) => ({ path, state })), offered: id },
        }),
        ...asked.writes,
      ],
    };
  }

  /** The approval of a diff that cannot be applied holds no longer. */
  private async voided({ run }: Work, reason: string): Promise<NewFrame[]> {
    const approval = await this.approvals.findOfStep(run.id, run.step);
    return approval ? [frame('approval.voided', run.step, { approvalId: approval.id, reason })] : [];
  }

  private async rebased({ content, hash }: StepDiff): Promise<Fresh | null> {
    const draft = await this.revisions.rebase(content, hash);
    if (!draft || draft.unchanged) return null;
    return { origin: 'rebase', content: draft.bytes, hash: draft.contentHash, files: [...draft.files] };
  }
}
