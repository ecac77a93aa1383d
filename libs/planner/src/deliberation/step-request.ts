import type { Action, ActionInput, Beliefs, Change, JsonObject, PlannerParams, PlanStep } from '@assent/contract';
import type { CallAccount } from '@assent/models';
import type { Experience } from '../learned/experience';
import type { CalibrationMap } from '../calibration/recalibrated';
import type { EffectOf, KnownAction } from '../params';
import type { Plan } from '../plan';
import type { ModelTurn, PastTurn, PlannedRead, TurnReads } from './model.turn';

/** A tool that a model may propose, as the prompt describes it. */
export interface ToolOffer {
  readonly name: string;
  readonly description: string;
  readonly effect: 'read' | 'write' | 'external';
  readonly effort: number;
  readonly inputSchema: Readonly<Record<string, unknown>>;
  /** Its calls wait for a person, unless a rule about their arguments says otherwise. */
  readonly requiresApproval: boolean;
}

/** What a conversation begins with, beside the goal. */
export interface Opening {
  /** Today, `YYYY-MM-DD`, in UTC. */
  readonly date: string;
  readonly workspace: string;
  /** Its folders and files, one a line; absent: it has no folder, or the policy does not show it. */
  readonly listing?: string;
  /** What the workspace says about working in it: data, written by anybody who can write there. */
  readonly instructions?: { readonly path: string; readonly text: string };
}

/** A step that is over, for the next prompt. `outcome` is JSON text, shortened to what a prompt can carry. */
export interface PastStep {
  readonly step: number;
  readonly action: Pick<Action, 'kind' | 'label'> & { readonly tool?: string; readonly args?: JsonObject };
  readonly outcome: string;
  /** The same for a conversation, where it is said once: longer, and text as it is. */
  readonly result?: string;
  /** What people said about the proposal, word for word; absent: nobody decided on it. */
  readonly review?: string;
  /** The same for a turn of reads: the result of each of them. */
  readonly reads?: readonly { readonly actionId: string; readonly text: string }[];
}

/** An assumption of an earlier step, open or resolved. */
export interface KnownAssumption {
  readonly step: number;
  readonly assumptionId: string;
  readonly text: string;
  /** Probability that it is true, as it was stated. */
  readonly p: number;
  /** null: still open; a model may say that what it has seen settles it. */
  readonly truth: boolean | null;
}

/** How a model comes to a decision (`start.deliberation`). */
export type Deliberating = 'auto' | 'always' | 'search' | 'off';

/** What a dry run of a proposed call has shown; `problem`: why the call cannot be made, a sentence. */
export type DryTry = { readonly change: Change } | { readonly problem: string };

export interface TraceDelta {
  readonly text: string;
  readonly channel: 'reasoning' | 'text';
  /** Starts at 1; rises when the model is asked again and what came before is void. */
  readonly attempt: number;
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
  /** What was said for it; absent: it comes from elsewhere. */
  readonly turn?: ModelTurn;
  /** The reads among the calls: all that the turn does; absent: none can be made, or they are candidates of a search. */
  readonly reads?: TurnReads;
  /** The turn is a decision by itself; absent: beliefs and gains are asked of the model. */
  readonly decided?: Decided;
}

/** A decision that a turn has made. */
export interface Decided {
  /** As `decide` states them; null: the action was called directly, and its assumptions are in the words of the turn. */
  readonly beliefs: Beliefs | null;
  /** Calls that the model means to make after the action, in order. */
  readonly planned: readonly KnownAction[];
}

/** Everything one step is planned from by a model. */
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
  /** Maps the probabilities that the model states. */
  readonly recalibration?: CalibrationMap;
  /** What earlier runs have learned; absent: nothing is read. */
  readonly experience?: Experience;
  /** Why a proposed call cannot be made, in words for the model; null: it can. */
  readonly refusal: (tool: string, args: JsonObject) => string | null;
  /** Runs a proposed change dry; null: the call changes nothing, so there is nothing to run dry. */
  readonly tryDry: (tool: string, args: JsonObject) => Promise<DryTry | null>;
  readonly deliberation: Deliberating;
  /** Candidates that were found already: nothing new is proposed, they are weighed. */
  readonly proposal?: Proposal;
  /** What was said in earlier steps, oldest first; none: the model is told the history in one message. */
  readonly turns?: readonly PastTurn[];
  /** For the first message of the conversation; absent when there are turns. */
  readonly opening?: Opening;
  /** Steps that the run may take. */
  readonly maxSteps?: number;
  /** Tokens that a prompt may have. */
  readonly promptTokens?: number;
  readonly onDelta: (delta: TraceDelta) => void;
}

/** What every turn of a model has, regardless of what it does. */
interface TurnPlan {
  /** The reasoning and the words of the turn. */
  readonly trace: string;
  /** Name of the provider that wrote it. */
  readonly source: string;
  /** Version of the prompts that it was made with. */
  readonly promptVersion: string;
  /** What was said, to be stored with the choice; absent: nothing was said that later steps build on. */
  readonly turn?: ModelTurn;
}

/** A turn in which something would change, be asked or end: a tree of candidates, and the choice among them. */
export interface DecisionPlan extends Plan, TurnPlan {
  readonly kind: 'decision';
  /** Assumptions of earlier steps that the model takes for settled by what it has seen. */
  readonly observed: readonly { readonly step: number; readonly assumptionId: string; readonly truth: boolean }[];
  /** The plan of the run, where the turn has changed it. */
  readonly steps?: readonly PlanStep[];
  /** Id of the call that the chosen action will be. */
  readonly callId: string;
}

/** A turn that reads: all of its calls are made. There is no tree, because there is nothing to decide. */
export interface ReadsPlan extends TurnPlan {
  readonly kind: 'reads';
  /** At least one, in the order they were called. */
  readonly reads: readonly PlannedRead[];
  readonly turn: ModelTurn;
}

/** What one turn of a model comes to. */
export type StepPlan = DecisionPlan | ReadsPlan;

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
  | 'experience'
  | 'signal'
  | 'onBudget'
> & {
  readonly trace: string | readonly string[];
  readonly actions: readonly ActionInput[];
  /** For the effort of actions that state none. */
  readonly effectOf: EffectOf;
};
