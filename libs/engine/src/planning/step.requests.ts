import { Injectable } from '@nestjs/common';
import { AssentError, type RankedFragment, type StartParams } from '@assent/contract';
import { newId } from '@assent/platform';
import type { StepRequest, ToolOffer } from '@assent/planner';
import type { RunHead } from '@assent/runs';
import { ToolsService, type ToolCaller } from '@assent/tools';
import type { Work } from '../work';
import { Recalibrations } from './recalibrations';
import { RunFacts } from './run.facts';
import type { TraceStream } from './trace.stream';

/** Everything that a model is asked with, gathered from the run and from what it may do. */
@Injectable()
export class StepRequests {
  constructor(
    private readonly tools: ToolsService,
    private readonly facts: RunFacts,
    private readonly recalibrations: Recalibrations,
  ) {}

  /** For the next step of a run. */
  async step(
    work: Work,
    params: StartParams,
    recalled: readonly RankedFragment[],
    stream: TraceStream,
  ): Promise<StepRequest> {
    const { run } = work;
    const [history, assumptions] =
      run.step === 1 ? [[], []] : await Promise.all([this.facts.history(run), this.facts.assumptions(run)]);
    const [recalibration, tools, refusal] = await Promise.all([
      this.recalibration(work, params),
      this.offers(work, params),
      this.refusal(work, params),
    ]);
    return {
      ...this.common(work, params, stream),
      ...recalibration,
      // A model's gains are estimates of progress: what counts is whether an answer is worth more than it costs.
      params: { asking: 'net', ...params.params },
      history,
      assumptions,
      recalled: recalled.map(({ text }) => text),
      tools,
      refusal,
      onDelta: stream.delta,
    };
  }

  recalibration({ run }: Work, params: StartParams): ReturnType<Recalibrations['of']> {
    return this.recalibrations.of(run.tenantId, params);
  }

  /** What any question to a model carries. */
  common({ run, signal }: Work, params: StartParams, stream: TraceStream) {
    return {
      treeId: `tree_${newId()}`,
      runId: run.id,
      tenantId: run.tenantId,
      step: run.step,
      goal: params.goal,
      ...(params.context === undefined ? {} : { context: params.context }),
      ...(params.budget === undefined ? {} : { budget: params.budget }),
      signal,
      onBudget: stream.warn,
    };
  }

  /** Tools that a call may come through with: what is denied, or can only be refused, is not offered. */
  private async offers({ run }: Work, params: StartParams): Promise<ToolOffer[]> {
    const tools = await this.tools.forClient(params.clientTools).list(proposerOf(run), params.policy);
    return tools.filter(({ verdict, effect }) => verdict === 'allow' || (verdict === 'ask' && effect !== 'read'));
  }

  /** Why a proposed call cannot be made, in words for the model. */
  private async refusal({ run }: Work, params: StartParams): Promise<StepRequest['refusal']> {
    const tools = this.tools.forClient(params.clientTools);
    const decide = await tools.decider(proposerOf(run), run.id, params.policy);
    return (tool, args) => {
      const call = { tool, args, workspace: run.workspace };
      try {
        tools.check(call);
      } catch (thrown) {
        if (thrown instanceof AssentError) return thrown.message;
        throw thrown;
      }
      const { verdict, rule, reason } = decide(call);
      return verdict === 'deny' ? `The policy denies it (rule ${rule}): ${reason}` : null;
    };
  }
}

/** Whoever started the run; what a model writes may hold text from outside. */
export function proposerOf({ tenantId, requester, authority }: RunHead): ToolCaller {
  return { tenantId, subject: requester, authority, tainted: true };
}
