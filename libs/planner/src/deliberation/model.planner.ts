import { Injectable } from '@nestjs/common';
import type { Action, PlannerParams, PlanStep, Tree } from '@assent/contract';
import { PromptLibrary, ModelCaller, type CallLimit, type CallSession } from '@assent/models';
import { newId, excerpt } from '@assent/platform';
import { completeActions } from '../params';
import { plan as planOffline, type Plan } from '../plan';
import { traceParts } from '../trace';
import { TraceComposer } from '../trace.composer';
import { validateActions, validateParams } from '../validate';
import { BeliefsComposer, type Deliberation } from './beliefs.composer';
import { DecidedComposer, withOwnIds, type Composition } from './decided.composer';
import { Fence } from './fence';
import { lexicalBeliefs, treeOf, type TreeHeading } from './model.tree';
import { StepProposer } from './step.proposer';
import { withChanges } from './turn.decision';
import { changedPlan } from './turn.plan';
import type { DecisionPlan, Proposal, StepPlan, StepRequest, TraceRequest } from './step-request';

/** Maximum characters of a warning. Warnings quote names chosen by a model. */
const WARNING_MAX_CHARS = 500;
/** Maximum warnings of one plan. */
const MAX_WARNINGS = 32;

/**
 * Plans with the configured model, then scores. A turn reads or decides, in one call. A search, and the trace of a
 * caller, take two calls: one for assumptions (C) and one for gains (E).
 */
@Injectable()
export class ModelPlanner {
  constructor(
    private readonly caller: ModelCaller,
    private readonly proposer: StepProposer,
    private readonly composer: BeliefsComposer,
    private readonly decided: DecidedComposer,
    private readonly offline: TraceComposer,
    private readonly prompts: PromptLibrary,
  ) {}

  /** Whether a model is configured. */
  get isConfigured(): boolean {
    return this.caller.isConfigured;
  }

  /** Whether tokens have a price. Without prices `budget.costUsd` has no effect, and `start` should refuse it. */
  get countsCosts(): boolean {
    return this.caller.countsCosts;
  }

  /**
   * Plans one step of a run from the facts so far. The timeouts of the model calls bound its duration, regardless of the
   * endpoint.
   * @throws AssentError model_failed when the model returned nothing usable; budget_exhausted
   * @throws the reason of `request.signal`
   */
  async plan(request: StepRequest): Promise<StepPlan> {
    const fence = new Fence(request.turns?.[0]?.seed ?? request.treeId);
    const session = sessionOf(request);
    const proposal = request.proposal ?? (await this.proposer.propose(request, session, fence));
    const { reads, turn, trace } = proposal;
    // A search has already compared its candidates, including reads.
    if (!reads || !turn || request.proposal) return this.decision(request, proposal, session, fence);
    return { kind: 'reads', reads: reads.reads, turn: { ...turn, calls: reads.calls }, trace, ...this.written() };
  }

  /**
   * Builds the tree of a trace and actions from the caller.
   * @throws AssentError invalid (with a pointer into the params), budget_exhausted
   * @throws the reason of `request.signal`
   */
  async compose(request: TraceRequest): Promise<Plan> {
    const { treeId, goal, context, recalled, trace, params = {} } = request;
    validateActions(request.actions, '/actions');
    validateParams(params, '/params');
    const actions = completeActions(request.actions, request.effectOf);
    const text = traceParts(trace)
      .map((part) => part.text)
      .join('\n\n');
    const from: Deliberation = {
      goal,
      trace: text,
      actions,
      recalled,
      history: [],
      assumptions: [],
      known: '',
      ...(context === undefined ? {} : { context }),
    };
    const composed = await this.byModel(from, sessionOf(request), new Fence(treeId));
    if (typeof composed === 'string') {
      const plan = await planOffline(
        {
          treeId,
          goal,
          trace,
          actions: request.actions,
          params,
          effectOf: request.effectOf,
          ...offlineOf(request),
        },
        this.offline,
      );
      return { ...plan, degraded: true, warnings: boundedWarnings([lexicalWarning(composed)], plan.warnings) };
    }
    const drawn = await treeOf(composed.beliefs, actions, headingOf(request, composed.composer, params));
    const { composer, degraded, warnings } = composed;
    return { ...drawn, composer, degraded, warnings: boundedWarnings(warnings, drawn.warnings) };
  }

  /** Model and prompt version of a turn. */
  private written(): Pick<StepPlan, 'source' | 'promptVersion'> {
    return { source: this.caller.source, promptVersion: this.prompts.version };
  }

  /** The decision over the candidates of a turn. */
  private async decision(
    request: StepRequest,
    proposal: Proposal,
    session: CallSession,
    fence: Fence,
  ): Promise<DecisionPlan> {
    const { trace, decided } = proposal;
    const actions = decided ? proposal.actions : await withChanges(proposal.actions, request);
    const from = { ...request, trace, actions, known: knownTo(request) };
    const composed = decided
      ? await this.decided.compose(decided, from, session, fence)
      : await this.weigh(from, session, fence);
    const drawn = await treeOf(
      composed.beliefs,
      decided ? ownActions(request, proposal) : actions,
      headingOf(request, composed.composer, request.params ?? {}),
    );
    const callId = newId();
    const steps = planOf(request, proposal, { tree: drawn.tree, callId });
    return {
      kind: 'decision',
      ...drawn,
      composer: composed.composer,
      degraded: proposal.degraded || composed.degraded,
      warnings: boundedWarnings(proposal.warnings, composed.warnings, drawn.warnings),
      trace,
      observed: composed.observed,
      ...this.written(),
      ...(proposal.turn ? { turn: { ...proposal.turn, ...(steps ? { plan: steps } : {}) } } : {}),
      ...(steps ? { steps } : {}),
      callId,
    };
  }

  /** Beliefs from the model, or from the offline composer if that fails. */
  private async weigh(from: Deliberation, session: CallSession, fence: Fence): Promise<Composition> {
    const composed = await this.byModel(from, session, fence);
    if (typeof composed !== 'string') return composed;
    const { beliefs, warnings } = await lexicalBeliefs(from.trace, from.actions, this.offline);
    return {
      beliefs,
      composer: 'lexical',
      degraded: true,
      observed: [],
      warnings: [lexicalWarning(composed), ...warnings],
    };
  }

  /** @returns the composition, or a sentence that says why the model's assumptions cannot be used */
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

/** The actions with their own ids. A question that was called directly names assumptions of earlier steps. */
function ownActions({ assumptions }: StepRequest, { actions, decided }: Proposal): readonly Action[] {
  return decided?.beliefs ? actions : actions.map((action) => withOwnIds(action, assumptions));
}

/** The plan of the run, if this turn has changed it. */
function planOf(
  request: StepRequest,
  { decided }: Proposal,
  { tree, callId }: { readonly tree: Tree; readonly callId: string },
): readonly PlanStep[] | null {
  const chosen = tree.actions.find(({ id }) => id === tree.chosen.actionId);
  return decided && chosen ? changedPlan(request, { chosen, planned: decided.planned, callId }) : null;
}

/** @param limit shared limit of the session's calls, in addition to the budgets */
export function sessionOf(
  request: Pick<StepRequest, 'runId' | 'tenantId' | 'step' | 'budget' | 'signal' | 'onBudget'>,
  limit?: CallLimit,
): CallSession {
  const { runId, tenantId, step, budget, signal, onBudget } = request;
  return {
    runId,
    tenantId,
    step,
    signal,
    onBudget,
    warned: new Set<string>(),
    ...(budget ? { budget } : {}),
    ...(limit ? { limit } : {}),
  };
}

function headingOf(
  { treeId, step, goal, recalibration, experience }: StepRequest | TraceRequest,
  source: Composition['composer'],
  params: PlannerParams,
): TreeHeading {
  return {
    treeId,
    step,
    goal,
    params,
    source,
    ...(recalibration ? { recalibration } : {}),
    ...(experience ? { experience } : {}),
  };
}

/** Names that assumptions may use in addition to those in the composer's prompt. */
function knownTo({ tools, recalled, history, assumptions }: StepRequest): string {
  return [
    ...tools.map(({ name, description, inputSchema }) => `${name} ${description} ${JSON.stringify(inputSchema)}`),
    ...recalled,
    ...history.map(({ action, outcome }) => `${JSON.stringify(action)} ${outcome}`),
    ...assumptions.map(({ text }) => text),
  ].join('\n');
}

/** Inputs that also apply to a plan without the model. */
function offlineOf({ recalibration, experience }: TraceRequest): Pick<TraceRequest, 'recalibration' | 'experience'> {
  return { ...(recalibration ? { recalibration } : {}), ...(experience ? { experience } : {}) };
}

function lexicalWarning(problem: string): string {
  return `The model's assumptions could not be used, so they were read from the trace without it: ${problem}`;
}

/** The warnings of a plan, limited in number and size for frames and people. Counts the omitted ones. */
export function boundedWarnings(...groups: readonly (readonly string[])[]): string[] {
  const warnings = groups.flat().map((warning) => excerpt(warning, WARNING_MAX_CHARS));
  if (warnings.length <= MAX_WARNINGS) return warnings;
  const kept = warnings.slice(0, MAX_WARNINGS - 1);
  return [...kept, `... and ${warnings.length - kept.length} more.`];
}
