import type { NewFrame, StartParams } from '@assent/contract';
import type { Cte, Log } from '@assent/platform';
import type { Plan } from '@assent/planner';
import type { RunHead, RunPatch } from '@assent/runs';
import type { ToolCallRecord } from '@assent/tools';
import type { DiffRecord } from '@assent/approvals';
import type { StepOutcome } from './run.machine';

/** A diff of the step that is being worked on: new in this cycle, or read from the store. */
export type StepDiff = Pick<
  DiffRecord,
  'id' | 'state' | 'hash' | 'content' | 'files' | 'tool' | 'workspace' | 'callId' | 'lineage'
> & {
  /** This very work claimed the dispatch and has not begun the effect: nobody else can have begun it. */
  readonly dispatchedHere?: boolean;
};

/** What this replica has in its hands while it works on a run. Everything but `run` can be read from the store again. */
export interface Work {
  run: RunHead;
  /** `performance.now()` when `run` was read, in milliseconds. */
  readAtMs: number;
  readonly log: Log;
  /** Aborted when the run is cancelled or the lease is lost. */
  readonly signal: AbortSignal;
  params: StartParams | null;
  /** When the plan of this step was begun, on the database's clock; null: it was made before this replica took the run. */
  plannedSince: Date | null;
  plan: Plan | null;
  call: ToolCallRecord | null;
  diff: StepDiff | null;
  outcome: StepOutcome | null;
}

/**
 * The database's clock, near enough to count a deadline from: the run's last commit and the time since then. A skewed clock
 * here neither shortens nor stretches it.
 */
export function databaseTime({ run, readAtMs }: Pick<Work, 'run' | 'readAtMs'>): number {
  return run.updatedAt.getTime() + (performance.now() - readAtMs);
}

/** What a phase wants changed. Nothing is written until a phase settles; then everything since goes out in one commit. */
export interface PhaseResult {
  readonly frames: readonly NewFrame[];
  readonly writes: readonly Cte[];
  readonly next: RunPatch;
  /** Commit now: something outside has to wait for it, or somebody has to see it. */
  readonly settle: boolean;
}

/** One step of the flow. Implementations MUST be repeatable: after a crash the phase in flight runs again. */
export interface RunPhase {
  run(work: Work): Promise<PhaseResult>;
}
