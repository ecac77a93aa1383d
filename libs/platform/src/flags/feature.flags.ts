import { FLAGS, type Flag, type FlagState, type Principal } from '@assent/contract';
import { configured, type ConfiguredFlags } from './configured.flags';
import type { FlagRecord, FlagRepository } from './flag.repository';

/** How long another replica may go on with the setting before a change, in milliseconds. */
export const FLAG_CACHE_MS = 2_000;
/** Tenants whose settings are kept ready. */
const TENANTS_MAX = 1_000;

type Settings = ReadonlyMap<Flag, FlagRecord>;

/** What is switched on for whom: the tenant's own setting, else the configuration, else the default. */
export class FeatureFlags {
  private readonly cache = new Map<string, { readonly until: number; readonly settings: Promise<Settings> }>();

  /**
   * @param checked told of every answer that `enabled` gives
   * @param now milliseconds of a clock that does not jump
   */
  constructor(
    private readonly configuration: ConfiguredFlags,
    private readonly repository: FlagRepository,
    private readonly checked: (flag: Flag, enabled: boolean) => void = () => undefined,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /**
   * Whether a flag is on for a tenant, at most FLAG_CACHE_MS ago.
   * @throws what the store throws: a flag that somebody has switched off must not come back on because nobody could look
   */
  async enabled(tenantId: string, flag: Flag): Promise<boolean> {
    const { enabled } = stateOf(this.configuration, tenantId, flag, await this.cached(tenantId));
    this.checked(flag, enabled);
    return enabled;
  }

  /** All flags as they hold for the caller's tenant now. */
  async list({ tenantId }: Principal): Promise<FlagState[]> {
    const settings = await this.load(tenantId);
    return FLAGS.map((flag) => stateOf(this.configuration, tenantId, flag, settings));
  }

  async set(principal: Principal, flag: Flag, enabled: boolean): Promise<FlagState> {
    await this.repository.set(principal, flag, enabled);
    return this.changed(principal, flag);
  }

  /** Takes the tenant's own setting back; without one nothing changes. */
  async clear(principal: Principal, flag: Flag): Promise<FlagState> {
    await this.repository.clear(principal, flag);
    return this.changed(principal, flag);
  }

  private async changed({ tenantId }: Principal, flag: Flag): Promise<FlagState> {
    this.cache.delete(tenantId);
    return stateOf(this.configuration, tenantId, flag, await this.cached(tenantId));
  }

  private async cached(tenantId: string): Promise<Settings> {
    const now = this.now();
    const known = this.cache.get(tenantId);
    if (known && now < known.until) return known.settings;
    const entry = { until: now + FLAG_CACHE_MS, settings: this.load(tenantId) };
    this.cache.delete(tenantId);
    this.cache.set(tenantId, entry);
    const [oldest] = this.cache.keys();
    if (this.cache.size > TENANTS_MAX && oldest !== undefined) this.cache.delete(oldest);
    try {
      return await entry.settings;
    } catch (error) {
      if (this.cache.get(tenantId) === entry) this.cache.delete(tenantId);
      throw error;
    }
  }

  private async load(tenantId: string): Promise<Settings> {
    return new Map((await this.repository.of(tenantId)).map((record) => [record.flag, record]));
  }
}

function stateOf(configuration: ConfiguredFlags, tenantId: string, flag: Flag, settings: Settings): FlagState {
  const own = settings.get(flag);
  if (!own) return { flag, ...configured(configuration, tenantId, flag), actor: null, updatedAt: null };
  const { enabled, actor, updatedAt } = own;
  return { flag, enabled, source: 'tenant', actor, updatedAt: updatedAt.toISOString() };
}
