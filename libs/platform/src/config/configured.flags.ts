import { FLAGS, type Flag } from '@assent/contract';

/**
 * Defaults: every feature is on; a closed beta turns features off for all tenants and on for some. Plans of the memory
 * can be reverted, so a person approves them only if configured.
 */
const DEFAULTS: Readonly<Record<Flag, boolean>> = {
  search_deliberation: true,
  auto_approval: true,
  memory_routing: false,
};
/** The stricter value of a flag: less happens without a person or the operator. A tenant may always choose it. */
const STRICT: Readonly<Record<Flag, boolean>> = {
  search_deliberation: false,
  auto_approval: false,
  memory_routing: true,
};
/** `flag=on` for all tenants, `tenant:flag=off` for one. */
const ITEM = /^(?:([^\s:=,]{1,128}):)?([a-z_]+)=(on|off)$/;

/** The configured values of the flags; a tenant's own setting can only be stricter. */
export interface ConfiguredFlags {
  /** Values by tenant; '' holds those for all tenants. */
  readonly byTenant: ReadonlyMap<string, ReadonlyMap<Flag, boolean>>;
}

const EVERYBODY = '';

/**
 * Parses `FEATURE_FLAGS`.
 * @throws Error naming the faulty part
 */
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

/**
 * The value for a tenant without a setting of its own.
 * @param tenantId null: the value for all tenants
 */
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
 * Whether a tenant may set this value: neither a tenant nor its requesters can loosen what the operator made strict.
 */
export function mayBeSet(configuration: ConfiguredFlags, tenantId: string, flag: Flag, enabled: boolean): boolean {
  return enabled === STRICT[flag] || configured(configuration, tenantId, flag).enabled !== STRICT[flag];
}
