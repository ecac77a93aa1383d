import type { Run, RunHint } from '@assent/contract';

/** What has happened to runs since a list was loaded. */
export interface RunNews {
  /** By id: where each run is now. */
  readonly hints: ReadonlyMap<string, RunHint>;
}

export const NO_NEWS: RunNews = { hints: new Map() };

export function withHint({ hints }: RunNews, hint: RunHint): RunNews {
  const before = hints.get(hint.runId);
  if (before && before.at > hint.at) return { hints };
  return { hints: new Map(hints).set(hint.runId, hint) };
}

/** The rows in their order with the state that each run has now. */
export function liveRows(rows: readonly Run[], { hints }: RunNews): readonly Run[] {
  return rows.map((run) => {
    const hint = hints.get(run.runId);
    if (!hint || hint.at <= run.updatedAt) return run;
    const { state, step, waitingFor, at } = hint;
    return { ...run, state, step, waitingFor, updatedAt: at };
  });
}

/** Runs that are not in the list: started since, or they match the filter only now. */
export function newRuns(rows: readonly Run[], { hints }: RunNews): number {
  const known = new Set(rows.map(({ runId }) => runId));
  return [...hints.keys()].filter((runId) => !known.has(runId)).length;
}
