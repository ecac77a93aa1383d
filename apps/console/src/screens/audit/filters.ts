import type { MethodParams } from '@assent/client';

type Filters = Omit<MethodParams<'audit/list'>, 'cursor' | 'limit'>;

const TEXTS = ['action', 'actor', 'subjectType', 'subjectId', 'runId'] as const;
const TIMES = ['from', 'to'] as const;

export const FILTER_NAMES: readonly (keyof Filters)[] = [...TEXTS, ...TIMES];

/** Filters of an address, as the server takes them. A time without a zone is local. */
export function filtersOf(query: URLSearchParams): Filters {
  const filters: Filters = {};
  for (const name of TEXTS) {
    const text = query.get(name)?.trim() ?? '';
    if (text !== '') filters[name] = text;
  }
  for (const name of TIMES) {
    const time = Date.parse(query.get(name) ?? '');
    if (!Number.isNaN(time)) filters[name] = new Date(time).toISOString();
  }
  return filters;
}

/** The query of `GET /audit` with these filters. */
export function pathOf(filters: Filters, limit: number): string {
  const query = new URLSearchParams({ ...(filters as Record<string, string>), limit: String(limit) });
  return `/audit?${query.toString()}`;
}
