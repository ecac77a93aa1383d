import { Reference, type Cte } from './sql';

/** The run that a statement changes, as the other parts of the statement see it: no row when it could not be changed. */
export interface CommittedRun {
  /** Null: a change of something that belongs to no run. */
  readonly id: string | null;
  readonly tenantId: string;
  readonly requester: string;
  readonly workspace: string;
  /** That of the newest frame. */
  readonly seq: number;
  readonly clientTraceId: string | null;
  readonly traceparent: string | null;
  readonly updatedAt: Date;
}

/** Lets libs that do not depend on libs/runs write rows that belong to a run; libs/runs composes the statement. */
export const RUN = new Reference<'run', CommittedRun>('run');

/** A write that selects from the run, so that it does nothing when the run could not be changed. */
export type RunPart = Cte<string, unknown, Record<'run', CommittedRun>>;

/** A waiting run, locked by the first part of the statement that ends its wait: no row when it does not wait. */
export type LockedRun = Cte<'lock_runs', { readonly id: string }>;
