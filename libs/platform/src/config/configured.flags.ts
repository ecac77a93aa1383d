import { FLAGS, type Flag } from '@assent/contract';

/**
 * A server that is not configured has all there is; a closed beta switches off for all and on for some. Plans of the memory
 * can be taken back, so that a person is asked about them only where that is wanted.
 */
const DEFAULTS: Readonly<Record<Flag, boolean>> = {
  search_deliberation: true,
  auto_approval: true,
  memory_routing: false,
};
/** The side of a flag on which less happens without a person or the operator: a tenant may always choose it. */
const STRICT: Readonly<Record<Flag, boolean>> = {
  search_deliberation: false,
  auto_approval: false,
  memory_routing: true,
};
/** `flag=on` for all tenants, `tenant:flag=off` for one. */
const ITEM = /^(?:([^\s:=,]{1,128}):)?([a-z_]+)=(on|off)$/;

/** What the configuration says of the flags; a tenant's own setting can only be stricter. */
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
    if (said.has(flag)) throw new Error(`"${item}" is a duplicate setting`);
    byTenant.set(tenantId, said.set(flag, state === 'on'));
  }
  return { byTenant };
}

export function isFlagList(value: unknown): boolean {
  try {
    readFlags(String(value));
    return true;
  } catch {
    // The caller reports its own validation message.
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

/**
 * Whether a tenant may set this value: a tenant, including its requesters, cannot loosen what the operator made strict.
 */
export function mayBeSet(configuration: ConfiguredFlags, tenantId: string, flag: Flag, enabled: boolean): boolean {
  return enabled === STRICT[flag] || configured(configuration, tenantId, flag).enabled !== STRICT[flag];
}
