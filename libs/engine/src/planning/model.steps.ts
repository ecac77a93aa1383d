import { Injectable } from '@nestjs/common';
import { AssentError, type RankedFragment, type StartParams } from '@assent/contract';
import { newId } from '@assent/platform';
import { ModelPlanner, replan, type Plan, type StepPlan, type StepRequest, type ToolOffer } from '@assent/planner';
import { FrameAppender, type RunHead } from '@assent/runs';
import { ToolsService, type ToolCaller } from '@assent/tools';
import type { Work } from '../work';
import { Recalibrations } from './recalibrations';
import { RunFacts } from './run.facts';
import { TraceStream } from './trace.stream';

/** Plans steps with the configured model, and passes on what it says. */
@Injectable()
export class ModelSteps {
  constructor(
    private readonly models: ModelPlanner,
    private readonly tools: ToolsService,
    private readonly facts: RunFacts,
    private readonly appender: FrameAppender,
    private readonly recalibrations: Recalibrations,
  ) {}

  get isConfigured(): boolean {
    return this.models.isConfigured;
  }

  /** Whether prices are known, so that a budget in money means anything. */
  get countsCosts(): boolean {
    return this.models.countsCosts;
  }

  /** @throws AssentError model_failed, budget_exhausted */
  async plan(work: Work, params: StartParams, recalled: readonly RankedFragment[]): Promise<StepPlan> {
    const { run } = work;
    const [history, assumptions] =
      run.step === 1 ? [[], []] : await Promise.all([this.facts.history(run), this.facts.assumptions(run)]);
    const [recalibration, tools, refusal] = await Promise.all([
      this.recalibrations.of(run.tenantId, params),
      this.offers(work, params),
      this.refusal(work, params),
    ]);
    const plan = await this.streaming(work, (stream) =>
      this.models.plan({
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
      }),
    );
    return run.step === 1 ? plan : this.withSettled(work, plan);
  }

  /** What earlier steps have settled stays settled, whatever a model thinks of it now. */
  private async withSettled({ run }: Work, plan: StepPlan): Promise<StepPlan> {
    const settled = await this.facts.settled(run);
    const resolutions = Object.fromEntries(
      plan.tree.assumptions.flatMap(({ id, key, negated }) => {
        const truth = settled.get(key);
        return truth === undefined ? [] : [[id, truth !== negated]];
      }),
    );
    if (Object.keys(resolutions).length === 0) return plan;
    const { tree, paths } = replan(plan.tree, { treeId: plan.tree.id, resolutions, without: [] });
    return { ...plan, tree, paths };
  }

  /** The tree of a trace that the caller gave. */
  async compose(work: Work, params: StartParams): Promise<Plan> {
    const recalibration = await this.recalibrations.of(work.run.tenantId, params);
    return this.streaming(work, (stream) =>
      this.models.compose({
        ...this.common(work, params, stream),
        ...recalibration,
        ...(params.params === undefined ? {} : { params: params.params }),
        trace: params.trace ?? [],
        actions: params.actions ?? [],
      }),
    );
  }

  private async streaming<P>(work: Work, plan: (stream: TraceStream) => Promise<P>): Promise<P> {
    const { id: runId, fence, step } = work.run;
    const stream = new TraceStream(this.appender, { runId, fence }, step);
    try {
      return await plan(stream);
    } finally {
      await stream.end();
    }
  }

  private common({ run, signal }: Work, params: StartParams, stream: TraceStream) {
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
function proposerOf({ tenantId, requester, authority }: RunHead): ToolCaller {
  return { tenantId, subject: requester, authority, tainted: true };
}
