import type { JsonObject, PlanStep } from '@assent/contract';
import type { AnswerPart, ModelMessage } from '@assent/models';

/** What became of one call. */
export interface ReadCall {
  readonly id: string;
  readonly name: string;
  /** The action that it proposes; null: it proposes none. */
  readonly actionId: string | null;
  /** Why it proposes none, a sentence. */
  readonly problem: string | null;
  /** It is the call of `decide` that the step was planned from. */
  readonly decides?: true;
  /** What the model is told about a call that was not carried out; absent: made from `problem`. */
  readonly note?: string;
}

/** What was said in one step, as it goes to the model again with every later request. JSON, so that it can be stored. */
export interface ModelTurn {
  readonly step: number;
  /** The fence of the whole run is made from that of the first turn. */
  readonly seed: string;
  /** What was sent after the answer of the turn before. */
  readonly sent: readonly ModelMessage[];
  /** The answer that the step was planned from, with what the provider wants back unchanged. */
  readonly answer: readonly AnswerPart[];
  readonly calls: readonly ReadCall[];
  /** Results, from the oldest on, that are left out from this turn on. */
  readonly elided: number;
  /** The plan of the run, where the turn has changed it. */
  readonly plan?: readonly PlanStep[];
}

/** A call of a tool that only reads. */
export interface PlannedRead {
  readonly actionId: string;
  readonly tool: string;
  readonly args: JsonObject;
}

/** The reads of a turn, and what becomes of each of its calls when only the reads are made. */
export interface TurnReads {
  readonly reads: readonly PlannedRead[];
  readonly calls: readonly ReadCall[];
}

/** A turn whose step was carried out. */
export type PastTurn = ModelTurn & (Decided | HasRead);

interface Decided {
  /** Id of the action that was chosen. */
  readonly chosen: string;
  readonly reads?: undefined;
}

interface HasRead {
  readonly chosen: null;
  readonly reads: readonly PlannedRead[];
}
