import type { Gauge } from 'prom-client';

/**
 * Below the usual scrape interval of 15 s, so that each scrape gets new values, and several gauges share one statement.
 */
export const SCRAPE_MAX_AGE_MS = 10_000;

/**
 * Sets a gauge on each scrape. `read` MUST NOT reject: one failing metric would fail the whole page, just when it is
 * needed. The provider helper of the Nest module cannot inject services into `collect`.
 */
export function onScrape<T extends string>(gauge: Gauge<T>, read: (gauge: Gauge<T>) => void | Promise<void>): void {
  Object.assign(gauge, { collect: () => read(gauge) });
}
