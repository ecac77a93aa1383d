import { Injectable } from '@nestjs/common';
import type { PlannerParams } from '@assent/contract';
import { completeActions } from '../params';
import { plan as planOffline, type Plan } from '../plan';
import { PromptLibrary } from '../prompts/prompt.library';
import type { GivenBeliefs } from '../read-beliefs';
import { traceParts } from '../trace';
import { validateActions, validateParams } from '../validate';
import { BeliefsComposer, type Deliberation } from './beliefs.composer';
import { Fence } from './fence';
import { ModelCaller, type CallLimit, type CallSession } from './model.caller';
import { lexicalBeliefs, treeOf, type TreeHeading } from './model.tree';
import { boundedWarnings } from './plan.warnings';
import { StepProposer } from './step.proposer';
import type { StepPlan, StepRequest, TraceRequest } from './step-request';

/**
 * Weight of cost against gain where a model plans. Its candidates are mostly tools of the same effort, each of which costs
 * 1 then: with the 1 of caller-planned runs a tool could at best break even, and doing nothing would always win. A tenth
 * lets cost decide between actions that gain alike.
 */
export const MODEL_LAMBDA = 0.1;

/** Beliefs to make a tree of, and where they came from. */
interface Composition {
  readonly beliefs: GivenBeliefs;
  readonly composer: 'model' | 'lexical';
  readonly degraded: boolean;
  readonly observed: StepPlan['observed'];
  readonly warnings: readonly string[];
}

/** Plans by the configured model: proposals and reasoning (P), assumptions (C), gains (E), then the arithmetic. */
@Injectable()
export class ModelPlanner {
  constructor(
    private readonly caller: ModelCaller,
    private readonly proposer: StepProposer,
    private readonly composer: BeliefsComposer,
    private readonly prompts: PromptLibrary,
  ) {}

  /** Whether there is a model at all. */
  get isConfigured(): boolean {
    return this.caller.isConfigured;
  }

  /** Whether tokens have a price. Without one, `budget.costUsd` limits nothing, and whoever takes it should refuse it. */
  get countsCosts(): boolean {
    return this.caller.countsCosts;
  }

  /**
   * One step of a run, from what is known by now. Ends by the clocks of the model calls, whatever the endpoint does.
   * @throws AssentError model_failed when the model gave nothing to work with; budget_exhausted
   * @throws the reason of `request.signal`
   */
  async plan(request: StepRequest): Promise<StepPlan> {
    const fence = new Fence(request.treeId);
    const session = sessionOf(request);
    const proposal = request.proposal ?? (await this.proposer.propose(request, session, fence));
    const { actions, trace } = proposal;
    const from: Deliberation = { ...request, trace, actions, known: knownTo(request) };
    const composed = await this.weigh(from, session, fence);
    const drawn = treeOf(
      composed.beliefs,
      actions,
      headingOf(request, composed.composer, { lambda: MODEL_LAMBDA, ...request.params }),
    );
    return {
      ...drawn,
      composer: composed.composer,
      degraded: proposal.degraded || composed.degraded,
      warnings: boundedWarnings(proposal.warnings, composed.warnings, drawn.warnings),
      trace,
      source: this.caller.source,
      observed: composed.observed,
      promptVersion: this.prompts.version,
    };
  }

  /**
   * The tree of a trace and actions that the caller gave.
   * @throws AssentError invalid (with a pointer into the params), budget_exhausted
   * @throws the reason of `request.signal`
   */
  async compose(request: TraceRequest): Promise<Plan> {
    const { treeId, goal, context, recalled, trace, params = {} } = request;
    validateActions(request.actions, '/actions');
    validateParams(params, '/params');
    const actions = completeActions(request.actions);
    const text = traceParts(trace)
      .map((part) => part.text)
      .join('\n\n');
    const from: Deliberation = {
      ...{ goal, trace: text, actions, recalled, history: [], assumptions: [], known: '' },
      ...(context === undefined ? {} : { context }),
    };
    const composed = await this.byModel(from, sessionOf(request), new Fence(treeId));
    if (typeof composed === 'string') {
      const plan = await planOffline({
        treeId,
        goal,
        trace,
        actions: request.actions,
        params,
        ...recalibrationOf(request),
      });
      return { ...plan, degraded: true, warnings: boundedWarnings([lexicalWarning(composed)], plan.warnings) };
    }
    const drawn = treeOf(composed.beliefs, actions, headingOf(request, composed.composer, params));
    const { composer, degraded, warnings } = composed;
    return { ...drawn, composer, degraded, warnings: boundedWarnings(warnings, drawn.warnings) };
  }

  /** Beliefs by the model, else by the offline composer. */
  private async weigh(from: Deliberation, session: CallSession, fence: Fence): Promise<Composition> {
    const composed = await this.byModel(from, session, fence);
    if (typeof composed !== 'string') return composed;
    const { beliefs, warnings } = await lexicalBeliefs(from.trace, from.actions);
    return {
      beliefs,
      composer: 'lexical',
      degraded: true,
      observed: [],
      warnings: [lexicalWarning(composed), ...warnings],
    };
  }

  /** @returns why the model's assumptions cannot be used, as a sentence */
  private async byModel(from: Deliberation, session: CallSession, fence: Fence): Promise<Composition | string> {
    const composed = await this.composer.compose(from, session, fence);
    if (!composed.ok) return composed.problem;
    const { beliefs, observed, warnings } = composed.value;
    const weighed = await this.composer.evaluate(from, { beliefs }, session, fence);
    const common = { composer: 'model' as const, observed };
    if (weighed.ok) return { ...common, beliefs: weighed.value, degraded: false, warnings };
    const without = `The model's gains could not be used, so actions are weighed by the assumptions alone: ${weighed.problem}`;
    return { ...common, beliefs, degraded: true, warnings: [...warnings, without] };
  }
}

/** @param limit what the calls of the session may take together, beside the budgets */
export function sessionOf(
  request: Pick<StepRequest, 'runId' | 'tenantId' | 'step' | 'budget' | 'signal' | 'onBudget'>,
  limit?: CallLimit,
): CallSession {
  const { runId, tenantId, step, budget, signal, onBudget } = request;
  return {
    ...{ runId, tenantId, step, signal, onBudget, warned: new Set<string>() },
    ...(budget ? { budget } : {}),
    ...(limit ? { limit } : {}),
  };
}

function headingOf(
  { treeId, step, goal, recalibration }: StepRequest | TraceRequest,
  source: Composition['composer'],
  params: PlannerParams,
): TreeHeading {
  return { treeId, step, goal, params, source, ...(recalibration ? { recalibration } : {}) };
}

/** What assumptions may name beside what stands in the composer's own prompt. */
function knownTo({ tools, recalled, history, assumptions }: StepRequest): string {
  return [
    ...tools.map(({ name, description, inputSchema }) => `${name} ${description} ${JSON.stringify(inputSchema)}`),
    ...recalled,
    ...history.map(({ action, outcome }) => `${JSON.stringify(action)} ${outcome}`),
    ...assumptions.map(({ text }) => text),
  ].join('\n');
}

function recalibrationOf({ recalibration }: TraceRequest): Pick<TraceRequest, 'recalibration'> {
  return recalibration ? { recalibration } : {};
}

function lexicalWarning(problem: string): string {
  return `The model's assumptions could not be used, so they were read from the trace without it: ${problem}`;
}
