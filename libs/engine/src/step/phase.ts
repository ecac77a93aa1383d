import type { AssentError, NewFrame, Phase } from '@assent/contract';
import type { RunPart } from '@assent/platform';
import type { StepEvent, StepOutcome } from './run.machine';
import type { Carry, StepContext } from './step.context';

/** The changes of a phase. Nothing is written before the commit that `next` leads to. */
export interface PhaseResult {
  readonly frames: readonly NewFrame[];
  readonly writes: readonly RunPart[];
  /** The event from which the run machine derives the next phase and whether to commit first. */
  readonly next: StepEvent;
  /** Added to the carry of earlier phases of the step. */
  readonly carry: Carry;
}

/** Requirements of a phase with an effect outside the database. */
export interface Preparation {
  /** Keys of the advisory locks held from before the phase until its commit; null: the phase commits without locks. */
  readonly locks: readonly bigint[] | null;
  readonly carry: Carry;
}

/**
 * One phase of a step. It reads its context and assigns nothing. Implementations MUST be repeatable: after a crash
 * the interrupted phase runs again.
 */
export interface RunPhase {
  /** Absent: the phase needs no locks. */
  prepare?(context: StepContext): Promise<Preparation>;
  run(context: StepContext): Promise<PhaseResult>;
}

/** All phases by name. */
export type Phases = Readonly<Record<Phase, RunPhase>>;

/** Token of `Phases`. */
export const PHASES = Symbol('PHASES');

/** The result of a step that ended and waits for nothing. */
export function ended(
  outcome: StepOutcome,
  { frames = [], writes = [] }: Partial<Pick<PhaseResult, 'frames' | 'writes'>> = {},
): PhaseResult {
  return { frames, writes, next: { kind: 'ended' }, carry: { outcome } };
}

/** The phase did nothing and cannot continue for now. The commit that releases its claim also postpones the run. */
export class Postponed extends Error {
  constructor(
    override readonly cause: AssentError,
    readonly writes: readonly RunPart[],
  ) {
    super(cause.message);
  }
}
