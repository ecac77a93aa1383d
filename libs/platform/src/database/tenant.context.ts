import { AsyncLocalStorage } from 'node:async_hooks';

/** The tenant that the current code works for. Unknown: all tenants, as in sweeps. */
interface Context {
  tenantId: string | null;
}

/** Node's own storage of what belongs to a chain of calls; there is one chain at a time, so there is one storage. */
const storage = new AsyncLocalStorage<Context>();

/** Statements of `work` see rows of this tenant only, regardless of their conditions. */
export function forTenant<T>(tenantId: string, work: () => T): T {
  return storage.run({ tenantId }, work);
}

/** Work for all tenants that one tenant triggers: batches, shared polls, signals to others. */
export function forAllTenants<T>(work: () => T): T {
  return storage.run({ tenantId: null }, work);
}

/** A request begins: whose it is will be known when it is authenticated (`becomeTenant`). */
export function inRequest<T>(work: () => T): T {
  return storage.run({ tenantId: null }, work);
}

/** From here on the request's statements see rows of this tenant only. Outside of a request it does nothing. */
export function becomeTenant(tenantId: string): void {
  const context = storage.getStore();
  if (context) context.tenantId = tenantId;
}

export function currentTenant(): string | null {
  return storage.getStore()?.tenantId ?? null;
}
