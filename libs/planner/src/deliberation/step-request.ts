import type { Action, ActionInput, Beliefs, Change, JsonObject, PlannerParams, PlanStep } from '@assent/contract';
import type { CallAccount } from '@assent/models';
import type { Experience } from '../learned/experience';
import type { CalibrationMap } from '../calibration/recalibrated';
import type { EffectOf, KnownAction } from '../params';
import type { Plan } from '../plan';
import type { ModelTurn, PastTurn, PlannedRead, TurnReads } from './model.turn';

/** A tool offered to the model, as described in the prompt. */
export interface ToolOffer {
  readonly name: string;
  readonly description: string;
  readonly effect: 'read' | 'write' | 'external';
  readonly effort: number;
  readonly inputSchema: Readonly<Record<string, unknown>>;
  /** Calls require approval, unless a rule about their arguments says otherwise. */
  readonly requiresApproval: boolean;
}

/** The opening of a conversation, in addition to the goal. */
export interface Opening {
  /** Current date, `YYYY-MM-DD`, in UTC. */
  readonly date: string;
  readonly workspace: string;
  /** Folders and files of the workspace, one per line; absent: it has no folder, or the policy hides it. */
  readonly listing?: string;
  /** The workspace's own instructions. They are data, because anybody with write access can change them. */
  readonly instructions?: { readonly path: string; readonly text: string };
}

/** A finished step for the next prompt. `outcome` is JSON text, shortened to fit a prompt. */
export interface PastStep {
  readonly step: number;
  readonly action: Pick<Action, 'kind' | 'label'> & { readonly tool?: string; readonly args?: JsonObject };
  readonly outcome: string;
  /** The outcome for a conversation, where it appears once: longer, with text unescaped. */
  readonly result?: string;
  /** People's comments on the proposal, verbatim; absent: nobody decided on it. */
  readonly review?: string;
  /** Results of a turn of reads, one per read. */
  readonly reads?: readonly { readonly actionId: string; readonly text: string }[];
}

/** An assumption of an earlier step, open or resolved. */
export interface KnownAssumption {
  readonly step: number;
  readonly assumptionId: string;
  readonly text: string;
  /** Stated probability that it is true. */
  readonly p: number;
  /** null: still open. A model may report that its observations resolve it. */
  readonly truth: boolean | null;
}

/** How a model decides (`start.deliberation`). */
export type Deliberating = 'auto' | 'always' | 'search' | 'off';

/** Result of a dry run of a proposed call; `problem`: a sentence that says why the call cannot be made. */
export type DryTry = { readonly change: Change } | { readonly problem: string };

export interface TraceDelta {
  readonly text: string;
  readonly channel: 'reasoning' | 'text';
  /** Starts at 1. It rises when the model is asked again, which voids the earlier output. */
  readonly attempt: number;
}

/** Guidance for the next plan of a search. */
export interface Guidance {
  /** A judge's advice on how to plan; null: none has evolved yet. */
  readonly advice: string | null;
  /** The plan to improve; null for the first plan. */
  readonly earlier: string | null;
  /** Critiques of the earlier plan, newest first. */
  readonly critiques: readonly string[];
}

/** At least one candidate action, and the reasoning. */
export interface Proposal {
  readonly actions: readonly Action[];
  readonly trace: string;
  /** The proposal is incomplete: an answer that was cut off, or one without actions. */
  readonly degraded: boolean;
  readonly warnings: readonly string[];
  /** The conversation turn; absent: the proposal has another origin. */
  readonly turn?: ModelTurn;
  /** The reads among the calls, which are all that the turn does; absent: no valid read, or candidates of a search. */
  readonly reads?: TurnReads;
  /** The turn's own decision; absent: the model is asked for beliefs and gains. */
  readonly decided?: Decided;
}

/** The decision of a turn. */
export interface Decided {
  /** Beliefs as stated by `decide`; null: the action was called directly, and its assumptions are in the turn's text. */
  readonly beliefs: Beliefs | null;
  /** Calls that the model plans after the action, in order. */
  readonly planned: readonly KnownAction[];
}

/** All inputs for planning one step with a model. */
export interface StepRequest extends CallAccount {
  readonly treeId: string;
  readonly goal: string;
  readonly context?: string;
  /** Oldest first. */
  readonly history: readonly PastStep[];
  readonly assumptions: readonly KnownAssumption[];
  /** Lessons of earlier runs: untrusted data, never instructions. */
  readonly recalled: readonly string[];
  readonly tools: readonly ToolOffer[];
  readonly params?: PlannerParams;
  /** Maps the model's stated probabilities. */
  readonly recalibration?: CalibrationMap;
  /** Learned values of earlier runs; absent: nothing is read. */
  readonly experience?: Experience;
  /** Why a proposed call cannot be made, for the model; null: it can. */
  readonly refusal: (tool: string, args: JsonObject) => string | null;
  /** Makes a dry run of a proposed change; null for a call that changes nothing. */
  readonly tryDry: (tool: string, args: JsonObject) => Promise<DryTry | null>;
  readonly deliberation: Deliberating;
  /** Candidates that already exist. They are compared, and no new ones are proposed. */
  readonly proposal?: Proposal;
  /** Turns of earlier steps, oldest first; when empty, one message tells the model the history. */
  readonly turns?: readonly PastTurn[];
  /** For the first message of the conversation; absent when there are turns. */
  readonly opening?: Opening;
  /** Maximum steps of the run. */
  readonly maxSteps?: number;
  /** Maximum tokens of a prompt. */
  readonly promptTokens?: number;
  readonly onDelta: (delta: TraceDelta) => void;
}

/** Properties of every turn of a model. */
interface TurnPlan {
  /** The reasoning and the text of the turn. */
  readonly trace: string;
  /** Name of the provider. */
  readonly source: string;
  /** Version of the prompts. */
  readonly promptVersion: string;
  /** The conversation turn to store with the choice; absent: later steps do not build on it. */
  readonly turn?: ModelTurn;
}

/** A turn that decides on a change, a question or the end: a tree of candidates and the choice. */
export interface DecisionPlan extends Plan, TurnPlan {
  readonly kind: 'decision';
  /** Assumptions of earlier steps that the model considers resolved by its observations. */
  readonly observed: readonly { readonly step: number; readonly assumptionId: string; readonly truth: boolean }[];
  /** The plan of the run, if the turn has changed it. */
  readonly steps?: readonly PlanStep[];
  /** Id for the call of the chosen action. */
  readonly callId: string;
}

/** A turn that reads: all of its calls are made. It has no tree, because there is nothing to decide. */
export interface ReadsPlan extends TurnPlan {
  readonly kind: 'reads';
  /** At least one read, in call order. */
  readonly reads: readonly PlannedRead[];
  readonly turn: ModelTurn;
}

/** The result of one turn of a model. */
export type StepPlan = DecisionPlan | ReadsPlan;

/** A trace to compose with a model, and the actions of the caller. */
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
  | 'experience'
  | 'signal'
  | 'onBudget'
> & {
  readonly trace: string | readonly string[];
  readonly actions: readonly ActionInput[];
  /** Determines the default effort of actions. */
  readonly effectOf: EffectOf;
};
