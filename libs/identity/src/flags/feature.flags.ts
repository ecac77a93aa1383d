import { AssentError, FLAGS, type Flag, type FlagState, type Principal } from '@assent/contract';
import { CachedByKey, configured, mayBeSet, type ConfiguredFlags } from '@assent/platform';
import type { FlagRecord, FlagRepository } from './flag.repository';

/** How long another replica may use the previous setting after a change, in milliseconds. */
export const FLAG_CACHE_MS = 2_000;
/** Maximum number of tenants in the cache. */
const TENANTS_MAX = 1_000;

/** Author of rows that keep the previous value of a changed default: they apply if the configuration sets nothing. */
const KEPT_DEFAULT = 'system:migration';

type Settings = ReadonlyMap<Flag, FlagRecord>;

/**
 * Whether a feature is on for a tenant: the tenant's own setting if it is stricter, else the configuration, else the
 * default.
 */
export class FeatureFlags {
  private readonly settings: CachedByKey<Settings>;
  private readonly listeners = new Set<(tenantId: string) => void>();

  /**
   * @param checked called with every result of `enabled`
   * @param now milliseconds of a clock that does not jump
   */
  constructor(
    private readonly configuration: ConfiguredFlags,
    private readonly repository: FlagRepository,
    private readonly checked: (flag: Flag, enabled: boolean) => void = () => undefined,
    now?: () => number,
  ) {
    const limits = { maxAgeMs: FLAG_CACHE_MS, maxKeys: TENANTS_MAX, now };
    this.settings = new CachedByKey((tenantId) => this.load(tenantId), limits);
  }

  /**
   * Whether a flag is on for a tenant, at most FLAG_CACHE_MS old.
   * @throws errors of the store: if the store cannot be read, a flag that was switched off must not turn on again
   */
  async enabled(tenantId: string, flag: Flag): Promise<boolean> {
    const { enabled } = stateOf(this.configuration, tenantId, flag, await this.settings.get(tenantId));
    this.checked(flag, enabled);
    return enabled;
  }

  /** Calls the listener when a tenant has changed a setting at this replica. It MUST NOT throw. */
  onChange(listener: (tenantId: string) => void): void {
    this.listeners.add(listener);
  }

  /** Another replica has changed a setting of the tenant. */
  forget(tenantId: string): void {
    this.settings.delete(tenantId);
  }

  /** All flags with their current value for the caller's tenant. */
  async list({ tenantId }: Principal): Promise<FlagState[]> {
    const settings = await this.load(tenantId);
    return FLAGS.map((flag) => stateOf(this.configuration, tenantId, flag, settings));
  }

  /** @throws AssentError forbidden: the operator's setting is stricter */
  async set(principal: Principal, flag: Flag, enabled: boolean): Promise<FlagState> {
    if (!mayBeSet(this.configuration, principal.tenantId, flag, enabled)) {
      const held = enabled ? 'off' : 'on';
      throw new AssentError(
        'forbidden',
        `The flag ${flag} cannot be switched ${enabled ? 'on' : 'off'}: the server keeps it ${held}, and a tenant can only be stricter. Ask the operator to change FEATURE_FLAGS.`,
        { flag },
      );
    }
    await this.repository.set(principal, flag, enabled);
    return this.changed(principal, flag);
  }

  /** Deletes the tenant's own setting, if there is one. */
  async clear(principal: Principal, flag: Flag): Promise<FlagState> {
    await this.repository.clear(principal, flag);
    return this.changed(principal, flag);
  }

  private async changed({ tenantId }: Principal, flag: Flag): Promise<FlagState> {
    this.settings.delete(tenantId);
    for (const listener of this.listeners) listener(tenantId);
    return stateOf(this.configuration, tenantId, flag, await this.settings.get(tenantId));
  }

  private async load(tenantId: string): Promise<Settings> {
    return new Map((await this.repository.of(tenantId)).map((record) => [record.flag, record]));
  }
}

function stateOf(configuration: ConfiguredFlags, tenantId: string, flag: Flag, settings: Settings): FlagState {
  const own = settings.get(flag);
  const otherwise = configured(configuration, tenantId, flag);
  const isOverruled = own?.actor === KEPT_DEFAULT && otherwise.source === 'configuration';
  // A setting that the configuration now overrides stays in its row, without effect.
  if (!own || isOverruled || !mayBeSet(configuration, tenantId, flag, own.enabled))
    return { flag, ...otherwise, actor: null, updatedAt: null };
  const { enabled, actor, updatedAt } = own;
  return { flag, enabled, source: 'tenant', actor, updatedAt: updatedAt.toISOString() };
}
