import { Injectable } from '@nestjs/common';
import type { JsonObject } from '@assent/contract';
import { DiffRepository, changesBetween, type ApprovalRecord } from '@assent/approvals';
import { cutText } from '@assent/platform';
import type { RunHead } from '@assent/runs';

/** Of what a reviewer changed, in a prompt: some pages. */
const CHANGES_MAX_CHARS = 4_000;

/** What the planner is told of a review: who said what, and what was changed of its proposal. */
@Injectable()
export class Reviews {
  constructor(private readonly diffs: DiffRepository) {}

  async of({ id }: RunHead, approval: ApprovalRecord): Promise<JsonObject> {
    const { decision, actor: by, comment, step } = approval;
    const said = { decision, by, comment };
    const revisions = approval.revision === 1 || step === null ? [] : await this.diffs.revisionsOfStep(id, step);
    const [proposed] = revisions;
    const decided = revisions.find((revision) => revision.id === approval.diffId);
    if (!proposed || !decided || proposed.id === decided.id) return said;
    const changes = changesBetween(proposed.content, decided.content);
    const shown = cutText(changes, CHANGES_MAX_CHARS);
    const cut = shown.length < changes.length ? ` [cut: ${changes.length - shown.length} more characters]` : '';
    return { ...said, revised: { by: decided.author, origin: decided.origin, changes: `${shown}${cut}` } };
  }
}
