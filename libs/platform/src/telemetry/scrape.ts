import type { Gauge } from 'prom-client';

/** Below the usual 15 s between two scrapes, so that each sees new values, and several gauges share one statement. */
export const SCRAPE_MAX_AGE_MS = 10_000;

/**
 * Sets a gauge on each scrape. `read` MUST NOT reject: one series that fails would take the whole page with it, at the
 * very moment it is needed. The provider helper of the Nest module cannot set `collect` with our services.
 */
export function onScrape<T extends string>(gauge: Gauge<T>, read: (gauge: Gauge<T>) => void | Promise<void>): void {
  Object.assign(gauge, { collect: () => read(gauge) });
}
