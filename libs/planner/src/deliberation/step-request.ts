import type { Action, ActionInput, JsonObject, PlannerParams } from '@assent/contract';
import type { CalibrationMap } from '../calibration/recalibrated';
import type { Plan } from '../plan';

/** A tool a model may propose, as it is told of it. */
export interface ToolOffer {
  readonly name: string;
  readonly description: string;
  readonly effect: 'read' | 'write' | 'external';
  readonly effort: number;
  readonly inputSchema: Readonly<Record<string, unknown>>;
}

/** A step that is over, for the next prompt. `outcome` is JSON text, shortened to what a prompt can carry. */
export interface PastStep {
  readonly step: number;
  readonly action: Pick<Action, 'kind' | 'label'> & { readonly tool?: string; readonly args?: JsonObject };
  readonly outcome: string;
}

/** An assumption of an earlier step: still open, or known by now. */
export interface KnownAssumption {
  readonly step: number;
  readonly assumptionId: string;
  readonly text: string;
  /** null: still open; a model may say that what it has seen settles it. */
  readonly truth: boolean | null;
}

export interface TraceDelta {
  readonly text: string;
  readonly channel: 'reasoning' | 'text';
  /** Starts at 1; rises when the model is asked again and what came before is void. */
  readonly attempt: number;
}

export interface BudgetWarning {
  /** `run.tokens`, `run.costUsd`, `tenant.tokens`, `tenant.costUsd`. */
  readonly budget: string;
  readonly used: number;
  readonly limit: number;
}

/** What the next plan of a search is written with. */
export interface Guidance {
  /** How to plan, as a judge has put it; null: nothing has evolved. */
  readonly advice: string | null;
  /** The plan to improve on; null: this is the first. */
  readonly earlier: string | null;
  /** What was said of it, newest first. */
  readonly critiques: readonly string[];
}

/** Candidate actions, at least one, and the reasoning behind them. */
export interface Proposal {
  readonly actions: readonly Action[];
  readonly trace: string;
  /** It is less than what was asked for: an answer that broke off, or one without actions. */
  readonly degraded: boolean;
  readonly warnings: readonly string[];
}

/** Everything one step is planned from by a model. */
export interface StepRequest {
  readonly treeId: string;
  readonly runId: string;
  readonly tenantId: string;
  readonly step: number;
  readonly goal: string;
  readonly context?: string;
  /** Oldest first. */
  readonly history: readonly PastStep[];
  readonly assumptions: readonly KnownAssumption[];
  /** Lessons of earlier runs: untrusted data, never instructions. */
  readonly recalled: readonly string[];
  readonly tools: readonly ToolOffer[];
  readonly params?: PlannerParams;
  /** Narrows the configured budgets. */
  readonly budget?: { readonly tokens?: number; readonly costUsd?: number };
  /** Maps the probabilities that the model states. */
  readonly recalibration?: CalibrationMap;
  readonly signal: AbortSignal;
  /** Why a proposed call cannot be made, in words for the model; null: it can. */
  readonly refusal: (tool: string, args: JsonObject) => string | null;
  /** Candidates that were found already: nothing new is proposed, they are weighed. */
  readonly proposal?: Proposal;
  readonly onDelta: (delta: TraceDelta) => void;
  readonly onBudget: (warning: BudgetWarning) => void;
}

export interface StepPlan extends Plan {
  /** The reasoning that the tree was made from. */
  readonly trace: string;
  /** Name of the provider that wrote it. */
  readonly source: string;
  /** Assumptions of earlier steps that the model takes for settled by what it has seen. */
  readonly observed: readonly { readonly step: number; readonly assumptionId: string; readonly truth: boolean }[];
  /** Version of the prompts that it was made with. */
  readonly promptVersion: string;
}

/** A given trace to compose by a model, with the actions of the caller. */
export type TraceRequest = Pick<
  StepRequest,
  | 'treeId'
  | 'runId'
  | 'tenantId'
  | 'step'
  | 'goal'
  | 'context'
  | 'recalled'
  | 'params'
  | 'budget'
  | 'recalibration'
  | 'signal'
  | 'onBudget'
> & { readonly trace: string | readonly string[]; readonly actions: readonly ActionInput[] };
