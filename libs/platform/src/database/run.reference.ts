import { Reference, type Cte } from './sql';

/** The changed run as a part of a statement, for the other parts: it has no row if the run could not be changed. */
export interface CommittedRun {
  /** Null: a change that belongs to no run. */
  readonly id: string | null;
  readonly tenantId: string;
  readonly requester: string;
  readonly workspace: string;
  /** seq of the latest frame. */
  readonly seq: number;
  readonly clientTraceId: string | null;
  readonly traceparent: string | null;
  readonly updatedAt: Date;
}

/** Lets libs that do not depend on libs/runs write rows that belong to a run; libs/runs composes the statement. */
export const RUN = new Reference<'run', CommittedRun>('run');

/** A write that selects from the run, so that it has no effect if the run could not be changed. */
export type RunPart = Cte<string, unknown, Record<'run', CommittedRun>>;

/**
 * A waiting run, locked by the first part of the statement that ends its wait: it has no row if the run does not wait.
 */
export type LockedRun = Cte<'lock_runs', { readonly id: string }>;
