import { Injectable } from '@nestjs/common';
import type { RankedFragment } from '@assent/contract';
import { ModelPlanner, TreeRepository, replan, type DecisionPlan, type Plan, type StepPlan } from '@assent/planner';
import { FrameAppender } from '@assent/runs';
import type { StepContext } from '../step/step.context';
import type { DryRuns } from './dry.runs';
import { SearchDeliberation } from './search/search.deliberation';
import { StepRequests } from './step.requests';
import { TraceStream } from './trace.stream';

/** Plans steps with the configured model and streams its output. */
@Injectable()
export class ModelSteps {
  constructor(
    private readonly models: ModelPlanner,
    private readonly requests: StepRequests,
    private readonly trees: TreeRepository,
    private readonly appender: FrameAppender,
    private readonly searches: SearchDeliberation,
  ) {}

  get isConfigured(): boolean {
    return this.models.isConfigured;
  }

  /** Whether prices are configured, so that a budget in money can be enforced. */
  get countsCosts(): boolean {
    return this.models.countsCosts;
  }

  /** @throws AssentError model_failed, budget_exhausted */
  async plan(context: StepContext, recalled: readonly RankedFragment[], dryRuns: DryRuns): Promise<StepPlan> {
    const { deliberation } = await context.params();
    const plan = await this.streaming(context, async (stream): Promise<StepPlan> => {
      const request = await this.requests.step(context, recalled, stream, dryRuns);
      if (deliberation !== 'search') return this.models.plan(request);
      const { proposal, warnings } = await this.searches.deliberate(context, request);
      stream.delta({ text: proposal.trace, channel: 'text', attempt: 1 });
      const found = await this.models.plan({ ...request, proposal });
      return found.kind === 'reads' ? found : { ...found, warnings: [...warnings, ...found.warnings] };
    });
    return context.run.step === 1 || plan.kind === 'reads' ? plan : this.withResolved(context, plan);
  }

  /** Builds the tree of a trace from `start`. */
  async compose(context: StepContext, recalled: readonly RankedFragment[]): Promise<Plan> {
    return this.streaming(context, async (stream) =>
      this.models.compose(await this.requests.composition(context, recalled, stream)),
    );
  }

  /** Keeps resolutions of earlier steps, even if the model now believes otherwise. */
  private async withResolved({ run }: StepContext, plan: DecisionPlan): Promise<DecisionPlan> {
    const rows = await this.trees.assumptions(run.tenantId, run.id);
    const resolved = new Map(
      rows.flatMap(({ assumption: { key, negated }, truth, how }) =>
        truth === null ? [] : [[key, { keyTruth: truth !== negated, how }] as const],
      ),
    );
    const resolutions = Object.fromEntries(
      plan.tree.assumptions.flatMap(({ id, key, negated }) => {
        const known = resolved.get(key);
        return known === undefined ? [] : [[id, known.keyTruth !== negated]];
      }),
    );
    const interventions = plan.tree.assumptions.flatMap(({ id, key }) =>
      resolved.get(key)?.how === 'set' ? [id] : [],
    );
    if (Object.keys(resolutions).length === 0) return plan;
    const { tree, paths } = replan(plan.tree, { treeId: plan.tree.id, resolutions, interventions, without: [] });
    return { ...plan, tree, paths };
  }

  private async streaming<P>({ run }: StepContext, plan: (stream: TraceStream) => Promise<P>): Promise<P> {
    const stream = new TraceStream(this.appender, { runId: run.id, fence: run.fence }, run.step);
    try {
      return await plan(stream);
    } finally {
      await stream.end();
    }
  }
}
