import { Injectable } from '@nestjs/common';
import { AssentError, type RevisionOrigin } from '@assent/contract';
import { ToolsService, type ToolCallRecord } from '@assent/tools';
import { callerOf, isTainted } from '../acting/step.caller';
import { StepCalls } from '../acting/step.calls';
import { RunFacts } from '../planning/run.facts';
import type { StepDiff, Work } from '../work';

/** A change as it would be now. */
export interface Fresh {
  readonly origin: RevisionOrigin;
  readonly content: Buffer;
  readonly hash: string;
  readonly files: StepDiff['files'];
}

/** Tries the call of a step dry once more. */
@Injectable()
export class CallAgain {
  constructor(
    private readonly tools: ToolsService,
    private readonly calls: StepCalls,
    private readonly facts: RunFacts,
  ) {}

  find(work: Work): Promise<ToolCallRecord | undefined> {
    return this.calls.find(work);
  }

  /** null: it would change nothing, or the tool or the policy says no. */
  async redraft(work: Work, call: ToolCallRecord): Promise<Fresh | null> {
    const params = await this.facts.params(work);
    const caller = callerOf(work, isTainted(params, call));
    const options = { caller, signal: work.signal, idempotencyKey: `${work.run.id}:${work.run.step}` };
    try {
      const draft = await this.tools.forClient(params.clientTools).dryRun(call, options);
      if (draft.unchanged) return null;
      return { origin: 'redraft', content: draft.bytes, hash: draft.contentHash, files: [...draft.files] };
    } catch (thrown) {
      if (thrown instanceof AssentError && !work.signal.aborted) return null;
      throw thrown;
    }
  }
}
