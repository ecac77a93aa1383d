import type { AssentError, NewFrame, Phase } from '@assent/contract';
import type { RunPart } from '@assent/platform';
import type { StepEvent, StepOutcome } from './run.machine';
import type { Carry, StepContext } from './step.context';

/** What a phase wants to change. Nothing is written before the commit that `next` leads to. */
export interface PhaseResult {
  readonly frames: readonly NewFrame[];
  readonly writes: readonly RunPart[];
  /** What happened. The run machine derives from it where the run goes and whether to commit first. */
  readonly next: StepEvent;
  /** Added to what earlier phases of the step carry. */
  readonly carry: Carry;
}

/** What a phase with an effect outside the database needs before it runs. */
export interface Preparation {
  /** Keys of the advisory locks to hold from before the phase until its commit; null: the phase commits without locks. */
  readonly locks: readonly bigint[] | null;
  readonly carry: Carry;
}

/**
 * One phase of a step. It reads from its context and assigns nothing. Implementations MUST be repeatable: after a crash
 * the phase that was in flight runs again.
 */
export interface RunPhase {
  /** Absent: the phase needs no locks. */
  prepare?(context: StepContext): Promise<Preparation>;
  run(context: StepContext): Promise<PhaseResult>;
}

/** Every phase by its name. */
export type Phases = Readonly<Record<Phase, RunPhase>>;

/** Token of `Phases`. */
export const PHASES = Symbol('PHASES');

/** A step that ended without anything to wait for. */
export function ended(
  outcome: StepOutcome,
  { frames = [], writes = [] }: Partial<Pick<PhaseResult, 'frames' | 'writes'>> = {},
): PhaseResult {
  return { frames, writes, next: { kind: 'ended' }, carry: { outcome } };
}

/** The phase did nothing and cannot go on for now: the run is postponed in the same commit that gives back its claim. */
export class Postponed extends Error {
  constructor(
    override readonly cause: AssentError,
    readonly writes: readonly RunPart[],
  ) {
    super(cause.message);
  }
}
