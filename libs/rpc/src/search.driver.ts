import type { Principal } from '@assent/contract';
import type { SearchDriver } from '@assent/memory';

/** Two subjects that give themselves the same name are two drivers. */
export function driverOf({ tenantId, subject }: Principal, name: string): SearchDriver {
  return { tenantId, owner: `${subject}/${name}`, runId: null };
}
