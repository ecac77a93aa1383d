import { Injectable } from '@nestjs/common';
import type { RankedFragment, StartParams } from '@assent/contract';
import { ModelPlanner, replan, type Plan, type StepPlan } from '@assent/planner';
import { FrameAppender } from '@assent/runs';
import { SearchDeliberation } from '../search/search.deliberation';
import type { Work } from '../work';
import { RunFacts } from './run.facts';
import { StepRequests } from './step.requests';
import { TraceStream } from './trace.stream';

/** Plans steps with the configured model, and passes on what it says. */
@Injectable()
export class ModelSteps {
  constructor(
    private readonly models: ModelPlanner,
    private readonly requests: StepRequests,
    private readonly facts: RunFacts,
    private readonly appender: FrameAppender,
    private readonly searches: SearchDeliberation,
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
    const plan = await this.streaming(work, async (stream) => {
      const request = await this.requests.step(work, params, recalled, stream);
      if (params.deliberation !== 'search') return this.models.plan(request);
      const { proposal, warnings } = await this.searches.deliberate(work, params, request);
      stream.delta({ text: proposal.trace, channel: 'text', attempt: 1 });
      const found = await this.models.plan({ ...request, proposal });
      return { ...found, warnings: [...warnings, ...found.warnings] };
    });
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
  async compose(work: Work, params: StartParams, recalled: readonly RankedFragment[]): Promise<Plan> {
    const recalibration = await this.requests.recalibration(work, params);
    return this.streaming(work, (stream) =>
      this.models.compose({
        ...this.requests.common(work, params, stream),
        ...recalibration,
        ...(params.params === undefined ? {} : { params: params.params }),
        recalled: recalled.map(({ text }) => text),
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
}
