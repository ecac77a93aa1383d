import { Injectable } from '@nestjs/common';
import { moveDiff } from '@assent/approvals';
import { ToolsService } from '@assent/tools';
import { StepCalls } from '../acting/step.calls';
import { dispatchAudit } from '../dispatch.audit';
import { RunFacts } from '../planning/run.facts';
import type { PhaseResult, StepDiff, Work } from '../work';
import { ClientCaller, clientToolOf } from './client.caller';

/** Carries out an approved call of a client's tool: by asking the client. */
@Injectable()
export class ClientDispatch {
  constructor(
    private readonly calls: StepCalls,
    private readonly facts: RunFacts,
    private readonly caller: ClientCaller,
    private readonly tools: ToolsService,
  ) {}

  /** null: it is a tool of the server, or the content is not what was approved, which applying refuses. */
  async dispatch(work: Work, diff: StepDiff): Promise<PhaseResult | null> {
    const { clientTools } = await this.facts.params(work);
    const tool = clientToolOf(clientTools, diff.tool);
    if (!tool) return null;
    const call = await this.calls.find(work);
    if (!call) throw new Error(`run ${work.run.id} is to make a call that was never stored`);
    const approved = this.tools.approvedCall(diff.content, diff.hash);
    if (approved?.tool !== diff.tool) return null;
    const called = this.caller.call(work, { ...call, ...approved }, tool, diff.id);
    return { ...called, writes: [moveDiff(diff.id, 'approved', 'applying'), dispatchAudit(diff), ...called.writes] };
  }
}
