import { Injectable, type OnModuleInit } from '@nestjs/common';
import { AssentError, type JsonObject } from '@assent/contract';
import {
  RevisionDrafters,
  type DiffRecord,
  type RevisionDraft,
  type RevisionDrafter,
  type RevisionEdit,
} from '@assent/approvals';
import { RunRepository, type RunHead } from '@assent/runs';
import { ToolRevisions, ToolsService, type ToolCallRecord } from '@assent/tools';
import { callerOf } from '../acting/step.caller';
import { StepCalls } from '../acting/step.calls';

/** What a reviewer waits for the tool that is tried again. */
const DRAFT_MS = 20_000;

/** Makes revisions with the tools: of texts from the stored bytes, of arguments by another dry run. */
@Injectable()
export class ToolDrafter implements RevisionDrafter, OnModuleInit {
  constructor(
    private readonly drafters: RevisionDrafters,
    private readonly revisions: ToolRevisions,
    private readonly tools: ToolsService,
    private readonly calls: StepCalls,
    private readonly runs: RunRepository,
  ) {}

  onModuleInit(): void {
    this.drafters.connect(this);
  }

  async draft(tenantId: string, diff: DiffRecord, edit: RevisionEdit): Promise<RevisionDraft> {
    const run = await this.runs.findHead(tenantId, diff.runId);
    const call = run && (await this.calls.find({ run, call: null, plan: null }));
    if (!call) throw new Error(`diff ${diff.id} comes from a call that was never stored`);
    if (edit.args) return this.again(run, { ...call, args: edit.args as JsonObject });
    const draft = this.revisions.revise(diff.content, diff.hash, edit);
    if (draft.unchanged) throw new Error('a revision that changes nothing is refused where it is made');
    const { bytes: content, contentHash: hash, files } = draft;
    // A reviewer's own text comes from whoever may decide; it is read by the next one all the same.
    return { content, hash, files, args: call.args, tainted: true };
  }

  private async again(run: RunHead, call: ToolCallRecord): Promise<RevisionDraft> {
    const plan = await this.runs.plan(run.id);
    const tools = this.tools.forClient(plan?.params.clientTools);
    const caller = callerOf({ run }, true);
    const { verdict, rule, reason } = await tools.guard(call, caller, run.id, plan?.params.policy);
    if (verdict === 'deny') {
      throw new AssentError('forbidden', `The policy denies that call of ${call.tool} (rule ${rule}): ${reason}`, {
        rule,
      });
    }
    const signal = AbortSignal.timeout(DRAFT_MS);
    const draft = await tools.dryRun(call, { caller, signal, idempotencyKey: `${run.id}:${run.step}` });
    if (draft.unchanged) {
      throw new AssentError('invalid', 'With these arguments nothing would change: reject it instead.', {
        pointer: '/args',
      });
    }
    const { bytes: content, contentHash: hash, files } = draft;
    return { content, hash, files, args: call.args, tainted: true };
  }
}
