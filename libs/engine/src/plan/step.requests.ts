import { Injectable } from '@nestjs/common';
import { AssentError, type RankedFragment, type StartParams } from '@assent/contract';
import { Config, newId } from '@assent/platform';
import type { ModelPlanner, StepRequest, ToolOffer } from '@assent/planner';
import type { StepContext } from '../step/step.context';
import type { DryRuns } from './dry.runs';
import { PlannerInputs } from './planner.inputs';
import { StepLimits } from '../step/step.limits';
import { RunHistory } from './run.history';
import type { TraceStream } from './trace.stream';
import { openingOf } from './workspace.opening';

/** Builds requests to models from the run and its available tools. */
@Injectable()
export class StepRequests {
  constructor(
    private readonly past: RunHistory,
    private readonly inputs: PlannerInputs,
    private readonly limits: StepLimits,
    private readonly config: Config,
  ) {}

  /** The request for the next step of a run. */
  async step(
    context: StepContext,
    recalled: readonly RankedFragment[],
    stream: TraceStream,
    dryRuns: DryRuns,
  ): Promise<StepRequest> {
    const past = await this.past.of(context.run);
    const params = await context.params();
    const maxSteps = this.limits.maxSteps(params);
    const { LLM_CONTEXT_TOKENS, LLM_MAX_OUTPUT_TOKENS } = this.config.env;
    const promptTokens = Math.max(LLM_CONTEXT_TOKENS - LLM_MAX_OUTPUT_TOKENS, LLM_CONTEXT_TOKENS / 2);
    const [common, tools, refusal, opening] = await Promise.all([
      this.common(context, recalled, stream),
      offersOf(context),
      refusalIn(context),
      past.turns.length === 0 ? openingOf(context, promptTokens) : undefined,
    ]);
    return {
      ...common,
      ...past,
      ...(opening && { opening }),
      maxSteps,
      promptTokens,
      tools,
      refusal,
      tryDry: dryRuns.run,
      deliberation: deliberationOf(params),
      onDelta: stream.delta,
    };
  }

  /** The request for the tree of a trace from `start`. */
  async composition(
    context: StepContext,
    recalled: readonly RankedFragment[],
    stream: TraceStream,
  ): Promise<Parameters<ModelPlanner['compose']>[0]> {
    const [common, tools] = await Promise.all([this.common(context, recalled, stream), context.tools()]);
    const { trace = [], actions = [] } = await context.params();
    return { ...common, trace, actions, effectOf: (tool) => tools.findEffect(tool) };
  }

  private async common(context: StepContext, recalled: readonly RankedFragment[], stream: TraceStream) {
    const { run, signal } = context;
    const params = await context.params();
    const inputs = await this.inputs.of(run, params);
    return {
      treeId: `tree_${newId()}`,
      runId: run.id,
      tenantId: run.tenantId,
      step: run.step,
      goal: params.goal,
      ...(params.context === undefined ? {} : { context: params.context }),
      ...(params.budget === undefined ? {} : { budget: params.budget }),
      ...(params.params === undefined ? {} : { params: params.params }),
      ...inputs,
      recalled: recalled.map(({ text }) => text),
      signal,
      onBudget: stream.warn,
    };
  }
}

/** `plan` is the former name of `auto`. */
function deliberationOf({ deliberation = 'auto' }: StartParams): StepRequest['deliberation'] {
  return deliberation === 'plan' ? 'auto' : deliberation;
}

/** The tools whose calls can succeed, without denied tools and without reads that need an approval. */
async function offersOf(context: StepContext): Promise<ToolOffer[]> {
  const { policy } = await context.params();
  const tools = await (await context.tools()).list(context.caller(true), policy);
  return tools
    .filter(({ verdict, effect }) => verdict === 'allow' || (verdict === 'ask' && effect !== 'read'))
    .map((tool) => ({ ...tool, requiresApproval: tool.verdict === 'ask' }));
}

/** Returns a function that tells the model why a proposed call cannot be made. */
async function refusalIn(context: StepContext): Promise<StepRequest['refusal']> {
  const { run } = context;
  const { policy } = await context.params();
  const tools = await context.tools();
  const decide = await tools.decider(context.caller(true), run.id, policy);
  return (tool, args) => {
    const call = { tool, args, workspace: run.workspace };
    try {
      tools.check(call);
    } catch (thrown) {
      if (thrown instanceof AssentError) return thrown.message;
      throw thrown;
    }
    const { verdict, rule, reason } = decide(call);
    if (verdict === 'deny') return `The policy denies it (rule ${rule}): ${reason}`;
    return verdict === 'ask' && tools.findEffect(tool) === 'read'
      ? `The policy requires approval for it (rule ${rule}), and only changes can be approved.`
      : null;
  };
}
