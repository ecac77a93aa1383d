import { FLAGS, type Flag } from '@assent/contract';

/** A server that is not configured has all there is; a closed beta switches off for all and on for some. */
const DEFAULTS: Readonly<Record<Flag, boolean>> = {
  search_deliberation: true,
  auto_approval: true,
  memory_routing: true,
};
/** `flag=on` for all tenants, `tenant:flag=off` for one. */
const ITEM = /^(?:([^\s:=,]{1,128}):)?([a-z_]+)=(on|off)$/;

/** What the configuration says of the flags; a tenant's own setting goes before it. */
export interface ConfiguredFlags {
  /** Tenant -> what is said for it; '' is said for all. */
  readonly byTenant: ReadonlyMap<string, ReadonlyMap<Flag, boolean>>;
}

const EVERYBODY = '';

/** Reads `FEATURE_FLAGS`. @throws Error naming the part that is wrong */
export function readFlags(value: string | undefined): ConfiguredFlags {
  const byTenant = new Map<string, Map<Flag, boolean>>();
  for (const item of (value ?? '').split(',').map((part) => part.trim())) {
    if (item === '') continue;
    const [, tenantId = EVERYBODY, name, state] = ITEM.exec(item) ?? [];
    const flag = FLAGS.find((known) => known === name);
    if (flag === undefined) {
      throw new Error(`"${item}" is not flag=on|off or tenant:flag=on|off with one of the flags ${FLAGS.join(', ')}`);
    }
    const said = byTenant.get(tenantId) ?? new Map<Flag, boolean>();
    if (said.has(flag)) throw new Error(`"${item}" says again what was said before`);
    byTenant.set(tenantId, said.set(flag, state === 'on'));
  }
  return { byTenant };
}

export function isFlagList(value: unknown): boolean {
  try {
    readFlags(String(value));
    return true;
  } catch {
    // Whoever asks for a yes or no says in their own words what is wrong.
    return false;
  }
}

/** What holds for a tenant without a setting of its own. @param tenantId null: a tenant that nothing is said about */
export function configured(
  { byTenant }: ConfiguredFlags,
  tenantId: string | null,
  flag: Flag,
): { enabled: boolean; source: 'configuration' | 'default' } {
  const said =
    (tenantId === null ? undefined : byTenant.get(tenantId)?.get(flag)) ?? byTenant.get(EVERYBODY)?.get(flag);
  return { enabled: said ?? DEFAULTS[flag], source: said === undefined ? 'default' : 'configuration' };
}
