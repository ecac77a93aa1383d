import type { JsonObject, PlanStep } from '@assent/contract';
import type { AnswerPart, ModelMessage } from '@assent/models';

/** The interpretation of one call. */
export interface ReadCall {
  readonly id: string;
  readonly name: string;
  /** Id of the action that the call proposes; null: no action. */
  readonly actionId: string | null;
  /** Why the call proposes no action, as a sentence. */
  readonly problem: string | null;
  /** The call of `decide` from which the step was planned. */
  readonly decides?: true;
  /** Text for the model about a call that was not made; absent: derived from `problem`. */
  readonly note?: string;
}

/** The messages of one step, repeated in every later request to the model. JSON, so that it can be stored. */
export interface ModelTurn {
  readonly step: number;
  /** The seed of the first turn determines the fence of the whole run. */
  readonly seed: string;
  /** The messages sent after the answer of the previous turn. */
  readonly sent: readonly ModelMessage[];
  /** The answer from which the step was planned, including parts that the provider requires back unchanged. */
  readonly answer: readonly AnswerPart[];
  readonly calls: readonly ReadCall[];
  /** Number of results, from the oldest, that are elided from this turn on. */
  readonly elided: number;
  /** The plan of the run, if the turn has changed it. */
  readonly plan?: readonly PlanStep[];
}

/** A call of a read tool. */
export interface PlannedRead {
  readonly actionId: string;
  readonly tool: string;
  readonly args: JsonObject;
}

/** The reads of a turn, and the fate of each call when only the reads are made. */
export interface TurnReads {
  readonly reads: readonly PlannedRead[];
  readonly calls: readonly ReadCall[];
}

/** A turn whose step was executed. */
export type PastTurn = ModelTurn & (Decided | HasRead);

interface Decided {
  /** Id of the chosen action. */
  readonly chosen: string;
  readonly reads?: undefined;
}

interface HasRead {
  readonly chosen: null;
  readonly reads: readonly PlannedRead[];
}
