import type { MethodParams, Outcome, RunState } from '@assent/contract';

export const STATES = [
  'queued',
  'running',
  'waiting',
  'completed',
  'failed',
  'cancelled',
] as const satisfies RunState[];
export const OUTCOMES = ['success', 'failure', 'abandoned'] as const satisfies Outcome[];
export const WAITS = ['approval', 'input', 'client_tool', 'pause'] as const;

/** Names in the address, as the server names its filters; `from` and `to` are days. */
export const FILTER_NAMES = ['state', 'waitingFor', 'outcome', 'requester', 'workspace', 'from', 'to', 'q'] as const;
export type FilterName = (typeof FILTER_NAMES)[number];

export type RunFilter = Omit<MethodParams<'run/list'>, 'cursor' | 'limit' | 'pendingParams'>;

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** The filter in an address. Values that the server would refuse are left out. */
export function filterOf(query: URLSearchParams): RunFilter {
  const from = dayOf(query.get('from'), 0);
  const to = dayOf(query.get('to'), 1);
  return dropEmpty({
    state: oneOf(STATES, query.get('state')),
    waitingFor: oneOf(WAITS, query.get('waitingFor')),
    outcome: oneOf(OUTCOMES, query.get('outcome')),
    requester: query.get('requester')?.trim().slice(0, 128),
    workspace: query.get('workspace')?.trim().slice(0, 128),
    from,
    to,
    q: query.get('q')?.trim().slice(0, 200),
  });
}

/** Counts of states ignore the state that is chosen, and cannot search in goals. */
export function countFilterOf(filter: RunFilter): MethodParams<'run/count'> {
  const { outcome, requester, workspace, from, to } = filter;
  return dropEmpty({ outcome, requester, workspace, from, to });
}

export function hasFilter(filter: RunFilter): boolean {
  return Object.keys(filter).length > 0;
}

function oneOf<T extends string>(values: readonly T[], value: string | null): T | undefined {
  return values.find((candidate) => candidate === value);
}

/** Midnight, in local time, of the day or of one that follows it. */
function dayOf(day: string | null, daysLater: number): string | undefined {
  if (day === null || !DAY.test(day)) return undefined;
  const date = new Date(`${day}T00:00:00`);
  if (Number.isNaN(date.getTime())) return undefined;
  date.setDate(date.getDate() + daysLater);
  return date.toISOString();
}

function dropEmpty(filter: { readonly [K in keyof RunFilter]: RunFilter[K] | undefined }): RunFilter {
  const entries = Object.entries(filter).filter(([, value]) => value !== undefined && value !== '');
  return Object.fromEntries(entries);
}
