import type { TeardownGlobal } from './global-setup';

/** Removes what the global setup made. */
export default async function globalTeardown(): Promise<void> {
  await (globalThis as TeardownGlobal).removeTestPostgres?.();
}
