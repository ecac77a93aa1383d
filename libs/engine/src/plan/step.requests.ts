import { Injectable } from '@nestjs/common';
import { AssentError, type JsonObject, type RankedFragment, type StartParams } from '@assent/contract';
import { Config, cutText, newId } from '@assent/platform';
import {
  ModelPlanner,
  StepRepository,
  TreeRepository,
  TurnRepository,
  isReadsOutcome,
  type KnownAssumption,
  type PastStep,
  type StepRecord,
  type StepRequest,
  type ToolOffer,
} from '@assent/planner';
import type { RunHead } from '@assent/runs';
import type { StepContext } from '../step/step.context';
import type { DryRuns } from './dry.runs';
import { PlannerInputs } from './planner.inputs';
import { StepLimits } from '../step/step.limits';
import { readTexts } from './reads.text';
import { resultText, reviewText } from './result.text';
import type { TraceStream } from './trace.stream';
import { openingOf } from './workspace.opening';

/** Maximum characters of one step's outcome in a prompt. The model can read the file again. */
const OUTCOME_MAX_CHARS = 6_000;

/** Builds requests to models from the run and its available tools. */
@Injectable()
export class StepRequests {
  constructor(
    private readonly steps: StepRepository,
    private readonly trees: TreeRepository,
    private readonly inputs: PlannerInputs,
    private readonly turns: TurnRepository,
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
    const { run } = context;
    const [steps, assumptions, turns] =
      run.step === 1
        ? [[], [], []]
        : await Promise.all([this.steps.ofRun(run.id), this.assumptions(run), this.turns.ofRun(run.id)]);
    const history = this.history(steps, turns.at(-1)?.step ?? Infinity);
    const params = await context.params();
    const maxSteps = this.limits.maxSteps(params);
    const { LLM_CONTEXT_TOKENS, LLM_MAX_OUTPUT_TOKENS } = this.config.env;
    const promptTokens = Math.max(LLM_CONTEXT_TOKENS - LLM_MAX_OUTPUT_TOKENS, LLM_CONTEXT_TOKENS / 2);
    const [common, tools, refusal, opening] = await Promise.all([
      this.common(context, recalled, stream),
      offersOf(context),
      refusalIn(context),
      turns.length === 0 ? openingOf(context, promptTokens) : undefined,
    ]);
    return {
      ...common,
      history,
      assumptions,
      turns,
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

  /** Finished steps, oldest first. @param from the step of the newest turn; earlier results are in the conversation */
  private history(steps: readonly StepRecord[], from: number): PastStep[] {
    return steps.map(({ step, action, outcome }) => {
      const review = reviewText(outcome);
      return {
        step,
        action,
        outcome: shortened(JSON.stringify(outcome)),
        ...(step >= from ? this.said(outcome) : {}),
        ...(review === null ? {} : { review }),
      };
    });
  }

  /** The outcome in a conversation. All reads of a turn get as many characters as the window has tokens, about a quarter of it. */
  private said(outcome: JsonObject): Pick<PastStep, 'result' | 'reads'> {
    const { LLM_RESULT_CHARS, LLM_CONTEXT_TOKENS } = this.config.env;
    if (isReadsOutcome(outcome)) return { reads: readTexts(outcome, LLM_RESULT_CHARS, LLM_CONTEXT_TOKENS) };
    return { result: resultText(outcome, LLM_RESULT_CHARS) };
  }

  /** Assumptions of earlier steps, oldest first. */
  private async assumptions({ id, tenantId }: RunHead): Promise<KnownAssumption[]> {
    const rows = await this.trees.assumptions(tenantId, id);
    return rows.map(({ step, assumption, truth }) => ({
      step,
      assumptionId: assumption.id,
      text: assumption.text,
      p: assumption.p,
      truth,
    }));
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

function shortened(text: string): string {
  if (text.length <= OUTCOME_MAX_CHARS) return text;
  return `${cutText(text, OUTCOME_MAX_CHARS)} [cut: ${text.length - OUTCOME_MAX_CHARS} more characters]`;
}
