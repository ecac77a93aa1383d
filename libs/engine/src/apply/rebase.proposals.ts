import { Injectable } from '@nestjs/common';
import { AssentError, frame, type RevisionOrigin } from '@assent/contract';
import { DiffRepository, VoidService, moveDiff } from '@assent/approvals';
import { newId } from '@assent/platform';
import { ToolRevisions, wasNotAttempted, type Applied } from '@assent/tools';
import { ApprovePhase } from '../approve/approve.phase';
import type { PhaseResult } from '../step/phase';
import type { StepCall, StepContext, StepDiff } from '../step/step.context';
import { diffAudit } from './diff.outcomes';

/** The change on the current base. */
interface Fresh {
  readonly origin: RevisionOrigin;
  readonly content: Buffer;
  readonly hash: string;
  readonly files: StepDiff['files'];
}

/**
 * Handles an approved change whose base has changed. Writes nothing. Proposes the same change on the current base as a new
 * revision that needs its own decision: merged if that has no conflicts, otherwise from a second dry run.
 */
@Injectable()
export class RebaseProposals {
  constructor(
    private readonly revisions: ToolRevisions,
    private readonly approvePhase: ApprovePhase,
    private readonly diffs: DiffRepository,
    private readonly voids: VoidService,
  ) {}

  /** @returns null when there is nothing to propose */
  async propose(context: StepContext, diff: StepDiff, applied: Applied): Promise<PhaseResult | null> {
    const { run } = context;
    const call = await context.call();
    const fresh = call && ((await this.rebased(diff)) ?? (await this.redrafted(context, call)));
    if (!call || !fresh || fresh.hash === diff.hash) return null;
    const { callId, id: staleId } = diff;
    const before = await this.diffs.findOfStep(run.id, run.step);
    const revision = (before?.revision ?? 1) + 1;
    const { origin, hash, files } = fresh;
    const id = newId();
    const args = before?.args ?? null;
    const proposed = { ...diff, ...fresh, id, state: 'pending' as const, revision, supersedes: staleId, args };
    const requested = await this.approvePhase.request(context, proposed, call, false);
    const voided = await this.voids.approved(run, 'its base has changed');
    return {
      ...requested,
      frames: [
        frame('diff.stale', run.step, {
          diffId: staleId,
          hash: diff.hash,
          files: [...applied.files],
          offer: { diffId: id, revision, hash, origin },
        }),
        ...voided.frames,
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
        ...requested.frames,
      ],
      writes: [
        moveDiff(staleId, 'applying', 'stale'),
        ...voided.writes,
        diffAudit('diff.stale', diff, {
          files: applied.files.map(({ path, state }) => ({ path, state })),
          offered: id,
        }),
        ...requested.writes,
      ],
    };
  }

  private async rebased({ content, hash }: StepDiff): Promise<Fresh | null> {
    const draft = await this.revisions.rebase(content, hash);
    if (!draft || draft.unchanged) return null;
    return { origin: 'rebase', content: draft.bytes, hash: draft.contentHash, files: [...draft.files] };
  }

  /** @returns null when it would change nothing, or the tool or the policy refuses. @throws AssentError while the tool is unavailable */
  private async redrafted(context: StepContext, call: StepCall): Promise<Fresh | null> {
    const tools = await context.tools();
    const options = context.callOptions(await context.isTainted(call));
    try {
      const draft = await tools.dryRun(call, options);
      if (draft.unchanged) return null;
      return { origin: 'redraft', content: draft.bytes, hash: draft.contentHash, files: [...draft.files] };
    } catch (thrown) {
      if (thrown instanceof AssentError && !wasNotAttempted(thrown) && !context.signal.aborted) return null;
      throw thrown;
    }
  }
}
