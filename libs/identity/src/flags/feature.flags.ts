import { AssentError, FLAGS, type Flag, type FlagState, type Principal } from '@assent/contract';
import { CachedByKey, configured, mayBeSet, type ConfiguredFlags } from '@assent/platform';
import type { FlagRecord, FlagRepository } from './flag.repository';

/** How long another replica may use the previous setting after a change, in milliseconds. */
export const FLAG_CACHE_MS = 2_000;
/** Tenants whose settings are kept ready. */
const TENANTS_MAX = 1_000;

/** Who wrote settings that keep a default as it was before it changed: they hold where the configuration says nothing. */
const KEPT_DEFAULT = 'system:migration';

type Settings = ReadonlyMap<Flag, FlagRecord>;

/** What is switched on for whom: the tenant's own setting where it is stricter, else the configuration, else the default. */
export class FeatureFlags {
  private readonly settings: CachedByKey<Settings>;

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
   * Whether a flag is on for a tenant, at most FLAG_CACHE_MS ago.
   * @throws what the store throws: a flag that was switched off must not turn on again because the store could not be
   * read
   */
  async enabled(tenantId: string, flag: Flag): Promise<boolean> {
    const { enabled } = stateOf(this.configuration, tenantId, flag, await this.settings.get(tenantId));
    this.checked(flag, enabled);
    return enabled;
  }

  /** All flags as they hold for the caller's tenant now. */
  async list({ tenantId }: Principal): Promise<FlagState[]> {
    const settings = await this.load(tenantId);
    return FLAGS.map((flag) => stateOf(this.configuration, tenantId, flag, settings));
  }

  /** @throws AssentError forbidden: the operator has it stricter */
  async set(principal: Principal, flag: Flag, enabled: boolean): Promise<FlagState> {
    if (!mayBeSet(this.configuration, principal.tenantId, flag, enabled)) {
      const held = enabled ? 'off' : 'on';
      throw new AssentError(
        'forbidden',
        `The flag ${flag} cannot be switched ${enabled ? 'on' : 'off'}: the server keeps it ${held}, and a tenant can only be stricter. Ask the operator (FEATURE_FLAGS).`,
        { flag },
      );
    }
    await this.repository.set(principal, flag, enabled);
    return this.changed(principal, flag);
  }

  /** Takes the tenant's own setting back; without one nothing changes. */
  async clear(principal: Principal, flag: Flag): Promise<FlagState> {
    await this.repository.clear(principal, flag);
    return this.changed(principal, flag);
  }

  private async changed({ tenantId }: Principal, flag: Flag): Promise<FlagState> {
    this.settings.delete(tenantId);
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
  // A setting that the configuration became stricter than stays in its row, without effect.
  if (!own || isOverruled || !mayBeSet(configuration, tenantId, flag, own.enabled))
    return { flag, ...otherwise, actor: null, updatedAt: null };
  const { enabled, actor, updatedAt } = own;
  return { flag, enabled, source: 'tenant', actor, updatedAt: updatedAt.toISOString() };
}
