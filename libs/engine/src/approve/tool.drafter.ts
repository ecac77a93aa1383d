import { Inject, Injectable } from '@nestjs/common';
import { AssentError, type JsonObject } from '@assent/contract';
import { RevisionDrafter, type DiffRecord, type RevisionDraft, type RevisionEdit } from '@assent/approvals';
import { LOG, type Log } from '@assent/platform';
import { RunRepository } from '@assent/runs';
import { ToolRevisions, keepModeChanges } from '@assent/tools';
import { StepContexts, type StepCall, type StepContext } from '../step/step.context';

/** Maximum time a reviewer waits for the second dry run of a tool. */
const DRAFT_MS = 20_000;

/** Drafts revisions with the tools: revised texts from the stored bytes, revised arguments by another dry run. */
@Injectable()
export class ToolDrafter implements RevisionDrafter {
  constructor(
    private readonly revisions: ToolRevisions,
    private readonly contexts: StepContexts,
    private readonly runs: RunRepository,
    @Inject(LOG) private readonly log: Log,
  ) {}

  async draft(tenantId: string, diff: DiffRecord, edit: RevisionEdit): Promise<RevisionDraft> {
    const run = await this.runs.findHead(tenantId, diff.runId);
    if (!run) throw new Error(`the run of diff ${diff.id} has vanished`);
    const session = { params: null, signal: AbortSignal.timeout(DRAFT_MS), log: this.log };
    const context = this.contexts.of(session, { run, readAtMs: performance.now() });
    const call = await context.call();
    if (!call) throw new Error(`diff ${diff.id} comes from a call that was never stored`);
    if (edit.args) return this.redraft(context, { ...call, args: edit.args as JsonObject, revised: true });
    const draft = this.revisions.revise(diff.content, diff.hash, edit);
    if (draft.unchanged) throw new Error('a revision that changes nothing is refused where it is made');
    const { bytes: content, contentHash: hash, files } = draft;
    // The reviewer trusts their own text, but for the next reviewer it is external text.
    return { content, hash, files: keepModeChanges(diff.files, files), args: call.args, tainted: true };
  }

  private async redraft(context: StepContext, call: StepCall): Promise<RevisionDraft> {
    const { policy } = await context.params();
    const tools = await context.tools();
    tools.check(call);
    const tainted = await context.isTainted(call);
    const options = context.callOptions(tainted);
    const { verdict, rule, reason } = await tools.guard(call, options.caller, context.run.id, policy);
    if (verdict === 'deny') {
      throw new AssentError('forbidden', `The policy denies that call of ${call.tool} (rule ${rule}): ${reason}`, {
        rule,
      });
    }
    const draft = await tools.dryRun(call, options);
    if (draft.unchanged) {
      throw new AssentError('invalid', 'With these arguments nothing would change: reject it instead.', {
        pointer: '/args',
      });
    }
    const { bytes: content, contentHash: hash, files } = draft;
    return { content, hash, files, args: call.args, tainted };
  }
}
