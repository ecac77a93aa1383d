import { Injectable } from '@nestjs/common';
import { AssentError, type GuardDecision } from '@assent/contract';
import { ToolsService } from '@assent/tools';
import { RunFacts } from '../planning/run.facts';
import type { Work } from '../work';
import { callerOf, isTainted } from './step.caller';
import { StepCalls } from './step.calls';

/** Looks at a call once more right before its effect: rules, tools and their schemas may have changed since it was approved. */
@Injectable()
export class ApprovedCheck {
  constructor(
    private readonly tools: ToolsService,
    private readonly calls: StepCalls,
    private readonly facts: RunFacts,
  ) {}

  /** What stands against it now; null: nothing, so what was approved holds. */
  async objection(work: Work): Promise<GuardDecision | null> {
    const [call, params] = await Promise.all([this.calls.find(work), this.facts.params(work)]);
    if (!call) throw new Error(`run ${work.run.id} is to apply a call that was never stored`);
    const tools = this.tools.forClient(params.clientTools);
    try {
      tools.check(call);
    } catch (thrown) {
      if (!(thrown instanceof AssentError)) throw thrown;
      return { verdict: 'deny', rule: 'default.changed', reason: thrown.message };
    }
    // The call is one of those that the run has made already, so its budget is not asked again.
    const decide = await tools.decider(callerOf(work, isTainted(params, call)), null, params.policy);
    const decision = decide(call);
    const byPolicyAlone = call.verdict === 'allow';
    return decision.verdict === 'deny' || (decision.verdict === 'ask' && byPolicyAlone) ? decision : null;
  }
}
