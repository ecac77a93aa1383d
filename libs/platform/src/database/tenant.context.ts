import { AsyncLocalStorage } from 'node:async_hooks';

/** The tenant of the current code. Not set: all tenants, as in sweeps. */
interface Context {
  tenantId: string | null;
}

/** Node's storage for one asynchronous call chain. */
const storage = new AsyncLocalStorage<Context>();

/** Statements of `work` see rows of this tenant only, regardless of their conditions. */
export function forTenant<T>(tenantId: string, work: () => T): T {
  return storage.run({ tenantId }, work);
}

/** Work for all tenants that a request of one tenant triggers: batches, shared polls, signals to others. */
export function forAllTenants<T>(work: () => T): T {
  return storage.run({ tenantId: null }, work);
}

/** Starts a request whose tenant is set after authentication (`becomeTenant`). */
export function inRequest<T>(work: () => T): T {
  return storage.run({ tenantId: null }, work);
}

/** From here on the request's statements see rows of this tenant only. No effect outside a request. */
export function becomeTenant(tenantId: string): void {
  const context = storage.getStore();
  if (context) context.tenantId = tenantId;
}

export function currentTenant(): string | null {
  return storage.getStore()?.tenantId ?? null;
}
